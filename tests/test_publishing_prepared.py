"""Questions whose SQL is written once: they answer as their querysets do, to every value anew."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Q, Value

from foundation.pages.prepared import Prepared, ask, attach
from news.models import NewsItem
from stories.models import Authorization
from tests import factories

pytestmark = pytest.mark.django_db

EARLY, LATE = datetime(2026, 1, 1, 4, 59, tzinfo=UTC), datetime(2026, 1, 1, 5, 0, tzinfo=UTC)  # midnight in New York


@pytest.fixture
def published():
    return Prepared(lambda slug, now: NewsItem.objects.published(now).filter(Q(slug=slug) | Q(title=slug)))


@pytest.mark.parametrize("count", [1, 3])
def test_each_call_is_one_query_and_answers_to_its_own_values(published, django_assert_num_queries, count):
    for n in range(count):
        factories.news(f"item-{n}", publish_at=LATE)

    for n in range(count):
        with django_assert_num_queries(1):
            assert [row.slug for row in published(slug=f"item-{n}", now=LATE)] == [f"item-{n}"]
    assert published(slug="item-0", now=EARLY) == []
    assert published(slug="' OR 1=1 --", now=LATE) == []


def test_rows_are_those_of_the_queryset(published):
    factories.news("evening", expires_at=datetime(2027, 1, 1, tzinfo=UTC))

    (row,) = published(slug="evening", now=factories.LONG_AGO)

    stored = NewsItem.objects.get()
    assert (row, row.publish_at, row.expires_at, row.library) == (
        stored,
        stored.publish_at,
        stored.expires_at,
        None,
    )
    row.title = "Renamed"
    row.save()
    assert NewsItem.objects.get().title == "Renamed"


def test_a_moment_stands_for_its_day_in_the_sites_zone_too():
    story = factories.story(authorized=False)
    factories.authorization(story, signed_on=LATE.date())
    valid = Prepared(Authorization.objects.valid)

    assert [len(valid(now=now)) for now in (LATE, EARLY, LATE)] == [1, 0, 1]


def test_values_of_a_list_and_joined_rows_come_as_asked_for():
    edition = factories.live("crmo")
    found = Prepared(lambda pk: type(edition).objects.filter(pk=pk).select_related("condition"))
    pairs = Prepared(lambda slug: NewsItem.objects.filter(slug=slug).values_list("title", "language"))
    factories.news("evening")

    assert found(pk=edition.pk)[0].__dict__["_state"].fields_cache["condition"].slug == "crmo"
    assert pairs(slug="evening") == [("News evening", "en")]


@pytest.mark.parametrize("words", ["50 % of 'all'", "%s", "%%s", "back\\slash ? $1 {} :name", "café; SELECT 1"])
def test_text_that_looks_like_sql_is_only_text(words):
    factories.news("evening", title=words)
    same = Prepared(lambda title, slug: NewsItem.objects.filter(title=title, slug=slug, summary=words))
    NewsItem.objects.update(summary=words)

    assert [row.title for row in same(title=words, slug="evening")] == [words]
    assert same(title=words + " ", slug="evening") == []


def test_constant_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="Make 0"):
        Prepared(lambda slug: NewsItem.objects.filter(slug=slug).annotate(half=Value(0.5)))(slug="evening")


@pytest.mark.parametrize("count", [1, 3])
def test_questions_asked_together_are_answered_apart(django_assert_num_queries, count):
    factories.news("evening")
    by_slug = Prepared(lambda slug: NewsItem.objects.filter(slug=slug))
    pairs = Prepared(lambda slug: NewsItem.objects.filter(slug=slug).values_list("title", "language"))

    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 3 * count):
        answers = ask(*[(by_slug, {"slug": "none"}), (by_slug, {"slug": "evening"}), (pairs, {"slug": "evening"})] * count)

    assert answers == [[], [NewsItem.objects.get()], [("News evening", "en")]] * count


def test_value_that_does_not_reach_the_question_is_refused():
    with pytest.raises(ValueError, match="language"):
        Prepared(lambda slug, language: NewsItem.objects.filter(slug=slug))(slug="evening", language="en")


def test_attached_rows_answer_without_a_question(django_assert_num_queries):
    edition = factories.draft(factories.condition())
    sources = list(edition.sources.all())

    attach(edition, "sources", sources)

    with django_assert_num_queries(0):
        assert [list(edition.sources.all()), edition.sources.count()] == [sources, 1]
