"""Old and new values of content for the audit record: which are kept, and how they are told.

The record can never be shortened, so it keeps values only of what is public or about rights: of a model that says so in
`audit_values`, all editable fields ("*") or some. Of everything else it keeps the names of fields, as it does of what families
told us and of what accounts are made of. docs/privacy.md, "The audit record".
"""

from collections.abc import Iterator
from typing import Any, TypedDict

from django.db.models import Field, JSONField, Model
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _

from foundation.prose.text import plain

LONGEST = 160  # characters of a text that are kept, around the first word that differs
BEFORE = 6  # words shown before it

OF_ACCOUNTS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")
OF_DJANGO = {"auth.user": OF_ACCOUNTS, "auth.group": ("name", "permissions")}

State = dict[str, Any]


class Change(TypedDict):
    field: str
    old: str
    new: str


def kept_fields(model: type[Model]) -> "list[Field[Any, Any]]":
    names: Any = OF_DJANGO.get(model._meta.label_lower) or getattr(model, "audit_values", ())
    fields = [*model._meta.fields, *model._meta.many_to_many]
    if "*" in names:
        return [field for field in fields if (field.editable and not field.primary_key) or field.name == "picture"]
    return [field for field in fields if field.name in names]


def stored_values(model: type[Model], pk: Any) -> State:
    """The kept values of a row as the database holds them; empty without such a row. One query, and one per many-to-many."""
    fields = kept_fields(model)
    row = model._base_manager.filter(pk=pk).first() if fields and pk else None
    if row is None:
        return {}
    return {
        field.name: frozenset(getattr(row, field.name).values_list("pk", flat=True))
        if field.many_to_many
        else getattr(row, field.attname)
        for field in fields
    }


def compare(model: type[Model], old: State, new: State) -> Iterator[Change]:
    """What differs, in words. Of lists only what came or went."""
    for field in kept_fields(model):
        before, after = old.get(field.name), new.get(field.name)
        if before == after or (before in EMPTY and after in EMPTY):
            continue
        if isinstance(field, JSONField):
            yield from _compare_translations(before or {}, after or {})
            continue
        if field.many_to_many:
            before, after = (before or frozenset()) - (after or frozenset()), (after or frozenset()) - (before or frozenset())
            words = _named(field, before), _named(field, after)
        else:
            words = excerpts(_words(field, before), _words(field, after))
        if any(words):
            yield Change(field=str(field.verbose_name), old=words[0], new=words[1])


EMPTY: tuple[Any, ...] = (None, "", frozenset())


def _compare_translations(before: State, after: State) -> Iterator[Change]:
    """Each text that differs, by its language and field."""
    old, new = (
        {f"{code}, {name}": text for code, own in each.items() for name, text in own.items()} for each in (before, after)
    )
    for field in sorted({*old, *new}):
        if old.get(field) != new.get(field):
            words = excerpts(old.get(field, ""), new.get(field, ""))
            yield Change(field=field, old=words[0], new=words[1])


def _named(field: "Field[Any, Any]", pks: Any) -> str:
    rows = field.related_model._base_manager.filter(pk__in=pks) if pks else []  # type: ignore[union-attr]
    return ", ".join(sorted(str(row) for row in rows))


def _words(field: "Field[Any, Any]", value: Any) -> str:
    if value in EMPTY:
        return ""
    if field.is_relation:
        return _named(field, [value])
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if hasattr(value, "tzinfo") and value.tzinfo:
        value = timezone.localtime(value)
    return str(dict(field.flatchoices).get(value) or (value if isinstance(value, str) else localize(value)))


def excerpts(old: str, new: str) -> tuple[str, str]:
    """Both texts; of a long one the words around the first that differs, and its length in characters."""
    without_markup = [plain(text) if text.startswith("<") else text for text in (old, new)]  # which would hide the words
    old, new = without_markup if without_markup[0] != without_markup[1] else (old, new)
    words = old.split(), new.split()
    first = next((n for n, (one, other) in enumerate(zip(*words, strict=False)) if one != other), min(map(len, words)))
    return _cut(old, words[0], first), _cut(new, words[1], first)


def _cut(text: str, words: list[str], first: int) -> str:
    if len(text) <= LONGEST:
        return text
    begin = max(0, first - BEFORE)
    shown = " ".join(words[begin:])
    length = _("(%(count)d characters)") % {"count": len(text)}
    return f"{'… ' if begin else ''}{shown[:LONGEST]}{' …' if len(shown) > LONGEST else ''} {length}"


def lines(detail: dict[str, Any]) -> list[str]:
    """What a record says was read or changed, a line for each: values where they were kept, then the other fields' names."""
    kept = detail.get("changes", [])
    ends = tuple(change["field"].lower() for change in kept)
    others = [name for name in detail.get("fields", []) if not any(end.endswith(name.lower()) for end in ends)]
    return [*map(_line, kept), *([", ".join(others)] if others else [])]


def _line(change: Change) -> str:
    facts = dict(change)
    if not change["old"]:
        return _("%(field)s: “%(new)s”") % facts
    if not change["new"]:
        return _("%(field)s: “%(old)s” taken away") % facts
    return _("%(field)s: “%(old)s” → “%(new)s”") % facts
