"""What the search knows of conditions and glossary words."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from conditions.models import Condition, ConditionName, Edition, GlossaryTerm
from foundation.pages.http import addresses_of
from foundation.prose.text import plain
from foundation.search import actions as search
from foundation.search.actions import Page, Source


def store_condition(condition: Condition) -> None:
    """Renews the entries of every approved edition, live, replaced or scheduled: the live query chooses when asked."""
    names = list(condition.names.all())
    for edition in condition.editions.prefetch_related("sections"):
        if edition.status == Edition.Status.APPROVED:
            _store_edition(edition, names)
        else:
            search.drop(kind="condition", object_id=edition.pk)


def _store_edition(edition: Edition, names: list[ConditionName]) -> None:
    own = [n.text for n in names if n.kind == ConditionName.Kind.PREFERRED and n.language == edition.language]
    with override(edition.language):
        parts = [f"{section.title}. {plain(section.body)}" for section in edition.sections.all()]
    search.store(
        kind="condition",
        object_id=edition.pk,
        language=edition.language,
        title=own[0] if own else edition.condition.slug,
        body=" ".join([edition.summary, edition.key_points, *parts]),
        names=[name.text for name in names if name.kind in ConditionName.SHOWN],
        hidden=[name.text for name in names if name.kind not in ConditionName.SHOWN],
    )


def store_term(term: GlossaryTerm) -> None:
    """Renews the entry of one glossary word."""
    search.store(
        kind="term",
        object_id=term.pk,
        language=term.language,
        title=term.term,
        body=term.definition,
        names=term.forms,
    )


def _conditions(ids: list[int], language: str) -> dict[int, Page]:
    """Found editions lead to the page in the reader's language, or to the English one where there is none."""
    found = {pk: row for pk, *row in _live(ids, language)}
    pages: dict[str, Page] = {}
    address = addresses_of("conditions:condition")
    for pk in ids:
        slug, own, english, title, english_title = found.get(pk, ("", False, False, "", ""))
        if (own or english) and slug not in pages and len(pages) <= search.ALL:
            name = title if own else english_title
            pages[slug] = Page(address(slug), name or slug, language if own else "en")
    return {pk: pages[slug] for pk, (slug, *_rest) in found.items() if slug in pages}


def _live(ids: list[int], language: str) -> QuerySet[Edition, tuple[Any, ...]]:
    """(edition, slug, whether there is a page in the language, in English, name in the language, in English) of live ones."""
    public = Edition.objects.public().filter(condition=OuterRef("condition"))
    names = ConditionName.objects.filter(condition=OuterRef("condition"), kind=ConditionName.Kind.PREFERRED).values("text")
    return (
        Edition.objects.live()
        .filter(pk__in=ids)
        .values_list(
            "pk",
            "condition__slug",
            *(Exists(public.filter(language=spoken)) for spoken in (language, "en")),
            *(Subquery(names.filter(language=spoken)[:1]) for spoken in (language, "en")),
        )
    )


def _terms(ids: list[int], language: str) -> dict[int, Page]:
    found = GlossaryTerm.objects.filter(pk__in=ids, language=language)
    return {t.pk: Page(f"{reverse('conditions:glossary')}#{t.slug}", t.term, language) for t in found}


def _rebuild_conditions() -> None:
    for condition in Condition.objects.prefetch_related("names"):
        store_condition(condition)


def _rebuild_terms() -> None:
    for term in GlossaryTerm.objects.all():
        store_term(term)


SOURCES = [
    Source("condition", 1, _("Conditions"), _conditions, _rebuild_conditions),
    Source("term", 2, _("Words explained"), _terms, _rebuild_terms),
]
