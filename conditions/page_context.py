"""What a reader is shown of a condition: which edition, its parts with their words explained, and what stands around it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from conditions import queries
from conditions.models import Condition, ConditionName, Edition, Section
from conditions.models.glossary import all_forms
from directory.contact import Contact
from directory.models import Department
from foundation.pages.http import addresses_of, find
from foundation.pages.prepared import attach
from foundation.prose.text import Explainer, Term

FALLBACK = "en"
Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A section ready to show: the id it is linked by, its heading in the language of its text, and its safe HTML."""

    anchor: str
    title: str
    section: Section
    html: SafeString


@dataclass(frozen=True)
class Naming:
    """What a condition is called in one language. `heading` adds the first abbreviation that the name's initials make."""

    heading: str
    say: str
    also: list[str]


def live_editions(slug: str) -> dict[str, Edition]:
    """The live editions by language. Raises Moved for an old slug, Http404 if the reader's language has nothing to show."""
    return live_and_withdrawn(slug)[0]


def live_and_withdrawn(slug: str) -> tuple[dict[str, Edition], dict[str, Edition]]:
    """As `live_editions`, and by language the last withdrawn ones in whose place earlier ones are live again. One query."""
    rows = queries.editions(slug=slug, now=timezone.now())
    live = {row.language: row for row in rows if row.withdrawn_at is None}
    if not {get_language(), FALLBACK} & set(live):
        find(Condition.objects.readable(get_language() or FALLBACK), slug)
        raise Http404
    gone = {row.language: row for row in rows if row.withdrawn_at and _is_newer(row, live.get(row.language))}
    return live, gone


def _is_newer(row: Edition, than: Edition | None) -> bool:
    return bool(than and row.publish_at and than.publish_at and row.publish_at >= than.publish_at)


def best(editions: dict[str, Edition]) -> Edition:
    """The one in the reader's language, else the English one."""
    return editions.get(get_language() or FALLBACK) or editions[FALLBACK]


def foreign(edition: Edition) -> str:
    """The language of a text to mark it with; "" in the reader's own."""
    return edition.language if edition.language != get_language() else ""


def addresses(view: str, *args: str, languages: Iterable[str] = dict(settings.LANGUAGES)) -> list[tuple[str, str]]:
    """(language, the page's path in it) for `alternates` of the base template."""
    paths = []
    for language in languages:
        with override(language):
            paths.append((language, reverse(view, args=args)))
    return paths


def load_text(edition: Edition) -> queries.Words:
    """Fetches the text of one edition; the glossary's words for it are returned."""
    sections, words = queries.text(edition)
    attach(edition, "sections", sections)
    return words


def load_page(edition: Edition) -> tuple[queries.Words, queries.Around]:
    """Fetches everything the page on the condition says of one edition; the glossary's words and what stands around are returned."""
    sections, words, near = queries.page(edition, get_language() or FALLBACK, timezone.now())
    attach(edition, "sections", sections)
    attach(edition, "sources", near.sources)
    attach(edition.condition, "names", near.names)
    attach(edition.condition, "codes", near.codes)
    return words, near


def contact(condition: Condition) -> Contact | None:
    """Whom families call about a condition; None where no department treats it."""
    first = next(iter(condition.leading(condition.departments.prefetch_related("hours", "locations"))), None)
    return Contact.of(first) if first else None


def naming(edition: Edition) -> Naming:
    """The names in the edition's language."""
    shown = [n for n in edition.condition.names.all() if n.language == edition.language and n.kind in ConditionName.SHOWN]
    preferred = next((name for name in shown if name.kind == ConditionName.Kind.PREFERRED), None)
    name = preferred.text if preferred else edition.condition.called(edition.language)
    initials = sorted(word[0].upper() for word in name.split())
    short = next((n.text for n in shown if n.kind == ConditionName.Kind.ABBREVIATION and sorted(n.text) == initials), "")
    also = [n.text for n in shown if n.text not in (name, short)]
    return Naming(f"{name} ({short})" if short else name, preferred.say if preferred else "", also)


def parts(edition: Edition, words: queries.Words) -> tuple[list[Part], list[Part]]:
    """The sections, and apart from them the questions to ask; each term is explained where a reader first meets it."""
    asks = Section.Kind.QUESTIONS
    ordered = sorted(edition.sections.all(), key=lambda section: section.kind == asks)
    texts = explained(tuple(section.body for section in ordered), words, edition.language)
    with override(edition.language):
        titles = [str(section.title) for section in ordered]
    made = [Part(*each) for each in zip(_anchors(ordered), titles, ordered, texts, strict=True)]
    return [p for p in made if p.section.kind != asks], [p for p in made if p.section.kind == asks]


@lru_cache(maxsize=64)
def explained(bodies: tuple[str, ...], words: queries.Words, language: str) -> list[SafeString]:
    """The texts of a page's sections with the words of the glossary explained; rests on nothing but its arguments.

    Each of `words` is (word, definition, how to say it, other forms). Some 60 KB are remembered for a long page.
    """
    with override(language):
        terms = [Term(word, meaning, tuple(all_forms(word, also)), say) for word, meaning, say, also in words]
        explain = Explainer(terms, said=lambda sound: _("say: %(sound)s") % {"sound": sound})
        return [explain(body) for body in bodies]


def _anchors(sections: Iterable[Section]) -> list[str]:
    """The kinds, numbered from the second of a kind on."""
    anchors: list[str] = []
    for section in sections:
        nth = sum(anchor.partition(".")[0] == section.kind for anchor in anchors)
        anchors.append(f"{section.kind}.{nth + 1}" if nth else section.kind)
    return anchors


def linked(neighbours: Iterable[tuple[str, ...]]) -> tuple[list[Row], list[Row]]:
    """Of `queries.Around.neighbours` the related conditions, and those not to be confused with it."""
    language = get_language() or FALLBACK
    rows: tuple[list[Row], list[Row]] = [], []
    address = addresses_of("conditions:condition")
    for (slug, mixed_up), names in groupby(neighbours, key=lambda row: row[:2]):
        by_language = {spoken: name for _slug, _mixed_up, spoken, name in names if spoken}
        spoken = next((code for code in (language, "en", *by_language) if code in by_language), "en")
        lang = spoken if spoken != language else ""
        rows[bool(mixed_up)].append({"title": by_language.get(spoken, slug), "url": address(slug), "lang": lang})
    return tuple(sorted(half, key=lambda row: row["title"]) for half in rows)  # type: ignore[return-value]


def department_rows(departments: Iterable[tuple[str, ...]]) -> list[Row]:
    """Of `queries.Around.departments`: who treats it, in the order staff gave, each with the names of its places."""
    address = addresses_of("directory:department")
    return [
        {
            "url": address(slug),
            "name": name,
            "kind": Department.Kind(kind).label,
            "phone": phone,
            "virtual": bool(virtual),
            "places": [place for *_department, place in rows if place],
        }
        for (name, slug, kind, phone, virtual), rows in groupby(departments, key=lambda row: row[:5])
    ]


def story_rows(stories: Iterable[Any]) -> list[Row]:
    """Success stories for `components/_rows.html`, each with its teller in the story's own language."""
    address = addresses_of("stories:story")
    return [_row(story, address(story.slug), story.teller()) for story in stories]


def news_rows(items: Iterable[Any]) -> list[Row]:
    """News for `components/_rows.html`, with the day as the reader writes it and, for coverage elsewhere, who wrote it."""
    rows, address = [], addresses_of("news:item")
    for item in items:
        day = formats.date_format(timezone.localdate(item.publish_at))
        small = f"{day} · {item.source_name}" if item.source_name else day
        rows.append(_row(item, address(item.slug), small) | {"small_lang": get_language()})
    return rows


def _row(item: Any, url: str, small: str) -> Row:
    lang = item.language if item.language != get_language() else ""
    return {"title": item.title, "url": url, "small": small, "lang": lang}
