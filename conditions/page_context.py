"""What a reader is shown of a condition: which edition, its parts with their words explained, and what stands around it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.cache import caches
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _, override

from conditions.models import FALLBACK, Condition, ConditionName, Edition, GlossaryTerm, Section
from directory.contact import Contact
from directory.models import Department
from foundation.pages.http import find
from foundation.pages.languages import foreign
from foundation.prose.text import Explainer, Term, first_sentence, plain
from foundation.search.fold import fold

AROUND = ("condition__codes", "condition__departments__hours", "condition__departments__locations")
MOST_BESIDE = 3  # stories and news on the page of a condition; their lists hold the rest
Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A section ready to show: the id it is linked by, its heading in the language of its text, and its safe HTML.

    What stands before the picture is in `opening`: a tall one stands beside the first numbered list, which names its numbers.
    """

    anchor: str
    title: str
    section: Section
    opening: str
    html: SafeString


@dataclass(frozen=True)
class Naming:
    """What a condition is called in one language. `heading` adds the first abbreviation that the name's initials make."""

    heading: str
    say: str
    also: list[str]
    language: str


def live_edition(slug: str) -> Edition:
    """The one in the reader's language, else the English one. Raises as `live_and_withdrawn`."""
    return best(live_and_withdrawn(slug)[0])


def live_and_withdrawn(slug: str) -> tuple[dict[str, Edition], dict[str, Edition]]:
    """The live editions by language, and the last withdrawn ones in whose place earlier ones are live again.

    Raises Moved for an old slug, Http404 if the reader's language has nothing to show.
    """
    rows = Edition.objects.live_or_withdrawn().filter(condition__slug=slug).order_by("withdrawn_at")
    rows = rows.select_related("condition", "reviewed_by")
    live = {row.language: row for row in rows if row.withdrawn_at is None}
    if not {get_language(), FALLBACK} & set(live):
        find(Condition.objects.readable(get_language() or FALLBACK), slug)
        raise Http404
    shown: Any = [row for row in rows if row.withdrawn_at and row.language in live]
    return live, {row.language: row for row in shown if row.publish_at >= live[row.language].publish_at}


def best(editions: dict[str, Edition]) -> Edition:
    """The one in the reader's language, else the English one."""
    return editions.get(get_language() or FALLBACK) or editions[FALLBACK]


def crumbs(name: str, page: str = "") -> list[tuple[str, str]]:
    return [(_("Home"), reverse("home")), (_("Conditions"), reverse("conditions:index")), (name, page)]


def text_context(edition: Edition, english: Edition | None = None) -> dict[str, Any]:
    """What the templates need to show any edition, live or not: its long text is that of `text`, for a first part `english`'s."""
    rows = [edition, *([english] if english else [])]
    prefetch_related_objects(rows, Prefetch("sections", Section.objects.with_pictures()), "sources", "condition__names")
    text = english if english and edition.is_first_part else edition
    names = naming(edition)
    parts, words = explained_parts(text)
    contact = contact_for(edition.condition)
    return {
        "edition": edition,
        "text": text,
        "condition": edition.condition,
        "names": names,
        **(contact.for_page() if contact else {}),
        "sections": [part for part in parts if part.section.kind != Section.Kind.QUESTIONS],
        "questions": [part for part in parts if part.section.kind == Section.Kind.QUESTIONS],
        "words": words,
        "lang": foreign(edition.language),
        "text_lang": foreign(text.language),
        "crumbs": crumbs(names.heading),
    }


def public_context(edition: Edition, english: Edition | None) -> dict[str, Any]:
    """The `full_context` of a live edition, which is the same for every reader of a language until public content changes."""
    name = f"condition {edition.pk} {get_language()}"
    return cast("dict[str, Any]", caches["content"].get_or_set(name, lambda: full_context(edition, english)))


def full_context(edition: Edition, english: Edition | None = None) -> dict[str, Any]:
    """As `text_context`, with stories, news, who treats it, and its neighbours: at most fourteen queries with the edition's."""
    prefetch_related_objects([edition], *AROUND)
    condition = edition.condition
    departments = condition.departments.all()
    by_video = [department for department in departments if department.virtual]
    Department.fetch_licenses(by_video)
    language = get_language() or FALLBACK
    neighbours: Any = Condition.objects.readable(language).beside(condition).prefetch_related(None)
    prefetch_related_objects([condition, *neighbours], "names")
    stories = list(condition.stories.with_pictures().for_readers(language)[: MOST_BESIDE + 1])
    news = list(condition.news.for_readers(language)[: MOST_BESIDE + 1])
    return text_context(edition, english) | {
        "stories": story_rows(stories[:MOST_BESIDE]),
        "news": news_rows(news[:MOST_BESIDE]),
        "more_stories": len(stories) > MOST_BESIDE,
        "more_news": len(news) > MOST_BESIDE,
        "departments": departments,
        "by_video": by_video,
        "places": list(dict.fromkeys(place for row in departments if row.in_person for place in row.locations.all())),
        "related": neighbour_rows(row for row in neighbours if not row.is_confusable),
        "not_this": neighbour_rows(row for row in neighbours if row.is_confusable),
    }


def contact_for(condition: Condition) -> Contact | None:
    """Whom families call about a condition; None where no department treats it."""
    first = next(iter(condition.leading(condition.departments.all())), None)
    return Contact.of(first) if first else None


def changes_at(context: dict[str, Any]) -> datetime | None:
    """When what a page says of the present is no longer true (UTC)."""
    contact: Contact | None = context.get("contact")
    return contact.changes_at if contact else None


def naming(edition: Edition) -> Naming:
    """The names in the edition's language."""
    names = [n for n in edition.condition.names.all() if n.language == edition.language and n.kind in ConditionName.SHOWN]
    preferred = next((name for name in names if name.kind == ConditionName.Kind.PREFERRED), None)
    name = preferred.text if preferred else edition.condition.name_in(edition.language)
    initials = sorted(word[0].upper() for word in name.split())
    short = next((n.text for n in names if n.kind == ConditionName.Kind.ABBREVIATION and sorted(n.text) == initials), "")
    also = [n.text for n in names if n.text not in (name, short)]
    return Naming(f"{name} ({short})" if short else name, preferred.say if preferred else "", also, edition.language)


def explained_parts(edition: Edition) -> tuple[list[Part], str]:
    """The sections, the questions to ask last, and the list of the words in them that are explained."""
    sections = sorted(edition.sections.all(), key=lambda section: section.kind == Section.Kind.QUESTIONS)
    texts, words = _explain(sections, edition.language)
    with override(edition.language):
        titles = [str(section.title) for section in sections]
    parts = zip(_anchors(sections), titles, sections, texts, strict=True)
    return [Part(anchor, title, section, *text) for anchor, title, section, text in parts], words


def _explain(sections: list[Section], language: str) -> tuple[list[tuple[str, SafeString]], str]:
    """Each term is linked where a reader first meets it to its meaning in the list of words."""
    glossary = GlossaryTerm.objects.perhaps_in(" ".join(plain(section.body) for section in sections), language)
    explain = Explainer(Term(word.term, word.definition, tuple(word.forms), word.say, word.slug) for word in glossary)
    texts = [explain.up_to_list(section.body) if section.is_tall else ("", explain(section.body)) for section in sections]
    words = sorted(explain.used, key=lambda term: fold(term.title))
    with override(language):
        return texts, render_to_string("conditions/_words.html", {"words": words}) if words else ""


def _anchors(sections: Iterable[Section]) -> list[str]:
    """The kinds, numbered from the second of a kind on."""
    anchors: list[str] = []
    for section in sections:
        nth = sum(anchor.partition(".")[0] == section.kind for anchor in anchors)
        anchors.append(f"{section.kind}.{nth + 1}" if nth else section.kind)
    return anchors


# Rows for `components/_cards.html` and `_rows.html`.


def neighbour_rows(conditions: Iterable[Condition]) -> list[Row]:
    rows = [_row(condition, condition.name, condition.name_language) for condition in conditions]
    return sorted(rows, key=lambda row: fold(row["title"]))


def with_conditions(rows: Any) -> Any:
    """Stories or news, each with those of its conditions that have a page in the reader's language."""
    return rows.prefetch_related(Prefetch("conditions", Condition.objects.readable(get_language() or FALLBACK)))


def story_rows(stories: Iterable[Any]) -> list[Row]:
    """Each with its first sentence and its teller, in the story's own language."""
    return [
        _row(story, story.title, story.language)
        | {"pictured": story, "opening": story.opening, "summary": story.summary, "small": story.teller()}
        for story in stories
    ]


def news_rows(items: Iterable[Any]) -> list[Row]:
    """With the day as the reader writes it and, for coverage elsewhere, who wrote it."""
    rows = []
    for item in items:
        day = formats.date_format(timezone.localdate(item.publish_at))
        words = {"pictured": item, "summary": first_sentence(item.summary), "small": day, "small_lang": get_language()}
        rows.append(_row(item, item.title, item.language) | words | {"whose": item.credits["source_name"]})
    return rows


def _row(item: Any, title: str, language: str) -> Row:
    return {"title": title, "url": item.get_absolute_url(), "lang": foreign(language)}
