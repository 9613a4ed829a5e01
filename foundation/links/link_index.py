"""Which text links where: written anew with every save, and asked for what no longer holds.

A link to a page of ours is a reference: it is kept with the row it leads to, so that a rename, a withdrawal or a deletion
of that row is seen. Readers need nothing of this: an old address redirects. The rooms are known only by what they
register (`PublicContent`, `Text`).
"""

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Greatest, StrIndex
from django.db.models.signals import post_delete, post_save
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import get_language_from_path, gettext as _, override

from foundation.links.models import Link, OutsideAddress
from foundation.pages.models import Slugged
from foundation.pages.registry import PublicContent, registered
from foundation.prose.text import LongTextField

PAGE, NOWHERE = "page", "nowhere"  # kinds of a target that is no row: a page without one, and no page at all
MOST_LETTERS = 500


@dataclass(frozen=True)
class Text:
    """What holds links. `current` are the rows worth mending; `page` is what staff open to change one of them."""

    model: type[models.Model]
    current: Callable[[], QuerySet[Any]]
    page: Callable[[Any], models.Model] = lambda row: row


@dataclass(frozen=True)
class Finding:
    """A link to look at: what its text is called, where staff change it, the address, and what is to be known of it."""

    text: str
    where: str
    address: str
    words: str = ""


_texts: dict[str, Text] = {}


def register(*texts: Text) -> None:
    """Of models whose rows are not all worth mending, or are changed on the page of another."""
    _texts.update({text.model._meta.label_lower: text for text in texts})


def _targets() -> dict[str, PublicContent]:
    """The rows that can be linked to, by kind: those whose address ends with their slug."""
    return {content.kind: content for content in registered() if content.sitemap and issubclass(content.model, Slugged)}


def listen() -> None:
    """From now on every save of a row with long text or an address renews its links, in the transaction of the save."""
    for model in apps.get_models():
        if _fields(model) or issubclass(model, Slugged):
            post_save.connect(_saved, sender=model, dispatch_uid=f"links of {model._meta.label}")
        if _fields(model):
            post_delete.connect(_deleted, sender=model, dispatch_uid=f"links of {model._meta.label}")


def _saved(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    renew(instance)
    if isinstance(instance, Slugged):  # links that were written before there was such a page
        unresolved = Link.objects.filter(target_kind=instance._meta.label_lower, target_id=None)
        for link in unresolved.filter(url__icontains=f"/{instance.slug}"):
            _keep(link)


def _deleted(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    _of(instance).delete()


@lru_cache
def _fields(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    """Those that may hold links. The kept earlier versions of a row (django-simple-history) are nobody's to mend."""
    if hasattr(model, "instance_type"):
        return []
    return [field for field in model._meta.concrete_fields if isinstance(field, LongTextField | models.URLField)]


def _of(row: models.Model) -> QuerySet[Link]:
    return Link.objects.filter(kind=row._meta.label_lower, object_id=row.pk)


@transaction.atomic
def renew(row: models.Model) -> None:
    """Makes the stored links of `row` what its fields hold. A link that was there keeps what it led to."""
    wanted = {(field.name, url) for field in _fields(type(row)) for url in _addresses(field, getattr(row, field.attname))}
    stored = {(link.field, link.url): link.pk for link in _of(row)}
    gone = [pk for key, pk in stored.items() if key not in wanted]
    if gone:
        Link.objects.filter(pk__in=gone).delete()
    for field, url in sorted(wanted - stored.keys()):
        _keep(Link(kind=row._meta.label_lower, object_id=row.pk, field=field, url=url))


def rebuild() -> None:
    """Renews the links of every row, and looks again for pages that were not there: after an upgrade, or a bulk change."""
    for model in apps.get_models():
        for row in model._base_manager.all() if _fields(model) else ():
            renew(row)
    for link in Link.objects.filter(Q(target_kind__in=[PAGE, NOWHERE]) | ~Q(target_kind="") & Q(target_id=None)):
        _keep(link)


def _addresses(field: "models.Field[Any, Any]", value: str | None) -> Iterable[str]:
    """Addresses on this site and of the web, without repeats; no mail, no telephone, no place on the same page."""
    found = re.findall(r'<a href="([^"]*)"', value or "") if isinstance(field, LongTextField) else [value or ""]
    urls = {unescape(url) for url in found}
    return {url for url in urls if re.match(r"https?://|/", url) and len(url) <= MOST_LETTERS}


def _keep(link: Link) -> None:
    kind, pk = lead(link.url)
    if link.pk is None or (kind, pk) != (link.target_kind, link.target_id):
        link.target_kind, link.target_id = kind, pk
        link.save()


def own_path(url: str) -> str | None:
    """The path of an address on this site, however it is written; None for one elsewhere."""
    bare = url.removeprefix(settings.SITE_URL) if settings.SITE_URL else url
    return unquote(urlsplit(bare).path) if bare.startswith("/") else None


def lead(url: str) -> tuple[str, int | None]:
    """(kind, id) of what an address leads to: ("", None) elsewhere; a kind without id if no row ever had that slug."""
    path = own_path(url)
    if path is None:
        return "", None
    path = path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/"
    language = get_language_from_path(path) or settings.LANGUAGE_CODE
    try:
        with override(language):
            slug = resolve(path).kwargs.get("slug")
    except Resolver404:
        return NOWHERE, None
    bare = path.removeprefix(f"/{language}")
    target = next((t for prefix, t in _prefixes() if slug and bare.startswith(prefix)), None)
    if target is None:
        return PAGE, None
    row = target.model._base_manager.filter(slug=slug).first() or target.model.renamed(str(slug))
    return target.kind, row.pk if row else None


def _prefixes() -> list[tuple[str, PublicContent]]:
    """What the addresses of each kind of page begin with, in the language without a prefix."""
    with override(settings.LANGUAGE_CODE):
        return [(t.model(slug="x").get_absolute_url().removesuffix("x/"), t) for t in _targets().values()]


def current() -> QuerySet[Link]:
    """Links in texts worth mending: what visitors read now or soon, and drafts; no text that is only kept."""
    return Link.objects.exclude(
        _any(Q(kind=kind) & ~Q(object_id__in=text.current().values("pk")) for kind, text in _texts.items())
    )


def broken() -> QuerySet[Link]:
    """Those that lead to nothing a visitor may read now. One query, however many rooms there are.

    Each kind of page is asked by itself, which the database does by one pass over all links of that kind; only of what is
    found it asks whether the text is worth mending.
    """
    found = [Link.objects.filter(target_kind=NOWHERE)]
    for kind, target in _targets().items():
        for language, _name in settings.LANGUAGES:
            seen = target.readable(language).filter(pk=OuterRef("target_id"))
            found.append(Link.objects.filter(_written_in(language), ~Exists(seen), target_kind=kind))
    return _current_of(found)


def _current_of(found: list[QuerySet[Link]]) -> QuerySet[Link]:
    first, *others = (rows.values("pk") for rows in found)
    return current().filter(pk__in=first.union(*others, all=True)).order_by("url", "pk")


def _written_in(language: str) -> Q:
    """Links whose address asks for the page in this language."""
    if language != settings.LANGUAGE_CODE:
        return Q(url__startswith=f"/{language}/") | Q(url__startswith=f"{settings.SITE_URL or '//'}/{language}/")
    return ~_any(_written_in(code) for code, _name in settings.LANGUAGES if code != language)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(operator.or_, conditions, Q())


def renamed() -> QuerySet[Link]:
    """Those whose page has another address by now, `slug_now`. They still work: the old address redirects."""
    rows = {kind: target.model._base_manager.filter(pk=OuterRef("target_id")) for kind, target in _targets().items()}
    found = [Link.objects.filter(~Exists(_in_address(own)), Exists(own), target_kind=kind) for kind, own in rows.items()]
    slugs = [When(target_kind=kind, then=Subquery(own.values("slug"))) for kind, own in rows.items()]
    return _current_of(found).annotate(slug_now=Case(*slugs))


def _in_address(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of rows with a slug those whose slug ends the path of the link's address."""
    address = Concat(OuterRef("url"), Value("/"))
    places = [StrIndex(address, Concat(Value("/"), "slug", Value(end))) for end in "/?#"]
    return rows.annotate(last=Greatest(*places)).filter(last__gt=0)


def leading_to(row: Slugged) -> QuerySet[Link]:
    """Links in current texts that lead to `row`, except its own."""
    here = current().filter(target_kind=row._meta.label_lower, target_id=row.pk)
    return here.exclude(kind=row._meta.label_lower, object_id=row.pk).order_by("pk")


def broken_links(found: Iterable[Link] | None = None) -> list[Finding]:
    """Links of `broken` (all, unless some are given), each with the reason, for people."""
    links = list(broken() if found is None else found)
    ids: dict[str, list[int]] = defaultdict(list)
    for link in links:
        if link.target_id:
            ids[link.target_kind].append(link.target_id)
    targets = _targets()
    why = {kind: targets[kind].why_hidden(own) for kind, own in ids.items()}
    gone, never = _("The page was deleted."), _("There is no such page.")
    return findings(links, lambda link: why[link.target_kind].get(link.target_id, gone) if link.target_id else never)


def renamed_links(found: Iterable[Link] | None = None) -> list[Finding]:
    """Links of `renamed` (all, unless some are given), each with the new address of its page."""
    return findings(
        renamed() if found is None else found, lambda link: _("renamed: %(address)s") % {"address": _address_now(link)}
    )


def _address_now(link: Any) -> str:
    with override(get_language_from_path(own_path(link.url) or "/") or settings.LANGUAGE_CODE):
        address: str = _targets()[link.target_kind].model(slug=link.slug_now).get_absolute_url()
    return address


def findings(links: Iterable[Link], words: Callable[[Any], str] = lambda link: "") -> list[Finding]:
    """The texts of these links, for people; one query (with what a text needs to say its name) for each kind of text."""
    links = list(links)
    ids: dict[str, set[int]] = defaultdict(set)
    for link in links:
        ids[link.kind].add(link.object_id)
    rows = {(kind, row.pk): row for kind, own in ids.items() for row in text_of(kind).current().filter(pk__in=own)}
    held = [(link, rows[link.kind, link.object_id]) for link in links if (link.kind, link.object_id) in rows]
    return [_finding(row, link, words(link)) for link, row in held]


def text_of(kind: str) -> Text:
    """As registered; rows of any other model are all worth mending and are changed on their own page."""
    model = apps.get_model(kind)
    return _texts.get(kind) or Text(model, model._base_manager.all)


def _finding(row: models.Model, link: Link, words: str) -> Finding:
    page = text_of(link.kind).page(row)
    name = str(row) if page is row else f"{page}: {row}"
    where = reverse(f"admin:{page._meta.app_label}_{page._meta.model_name}_change", args=[page.pk])
    return Finding(name, where, link.url, words)


def elsewhere() -> QuerySet[Link]:
    """Links of current texts to addresses of others."""
    return current().filter(target_kind="", url__startswith="http")


@transaction.atomic
def collect_outside() -> None:
    """Brings the table of outside addresses in step with the texts: new ones in, unused ones out."""
    used = set(elsewhere().values_list("url", flat=True))
    known = set(OutsideAddress.objects.values_list("url", flat=True))
    OutsideAddress.objects.exclude(url__in=elsewhere().values("url")).delete()
    OutsideAddress.objects.bulk_create([OutsideAddress(url=url) for url in sorted(used - known)], ignore_conflicts=True)


def broken_elsewhere() -> QuerySet[Link]:
    """Those to an outside address that was found broken. `OutsideAddress.objects.reported().count()` tells how many addresses."""
    return elsewhere().filter(url__in=OutsideAddress.objects.reported().values("url")).order_by("url", "pk")


def outside_faults(found: Iterable[Link] | None = None) -> list[Finding]:
    """Links of `broken_elsewhere` (all, unless some are given), each with what is wrong."""
    links = list(broken_elsewhere() if found is None else found)
    addresses = OutsideAddress.objects.filter(url__in={link.url for link in links})
    faults = dict(addresses.values_list("url", "fault"))
    return findings(links, lambda link: faults[link.url])
