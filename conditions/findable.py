"""What the search knows of conditions and glossary words."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from conditions.models import Condition, ConditionName, Edition, GlossaryTerm
from foundation.publishing.text import plain
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
    owners = dict(Edition.objects.live().filter(pk__in=ids).values_list("pk", "condition_id"))
    wanted = list(dict.fromkeys(owners[pk] for pk in ids if pk in owners))[: 2 * search.PER_GROUP]  # some lead nowhere
    public = Edition.objects.public().filter(condition__in=wanted, language__in=[language, "en"])
    best: dict[int, tuple[str, str]] = {}
    for condition, spoken, slug in public.values_list("condition_id", "language", "condition__slug").distinct():
        if condition not in best or spoken == language:
            best[condition] = (spoken, slug)
    preferred = ConditionName.objects.filter(condition__in=wanted, kind=ConditionName.Kind.PREFERRED)
    titles = {(owner, spoken): text for owner, spoken, text in preferred.values_list("condition_id", "language", "text")}
    pages = {
        condition: Page(reverse("conditions:condition", args=[slug]), titles.get((condition, spoken), slug), spoken)
        for condition, (spoken, slug) in best.items()
    }
    return {pk: pages[condition] for pk, condition in owners.items() if condition in pages}


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
