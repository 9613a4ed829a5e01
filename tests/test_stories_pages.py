"""The story pages: who may be read, and until when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from tests import factories

HIDDEN = {
    "without-authorization": ({}, None),
    "expired-authorization": ({}, {"expires_on": date(2026, 1, 31)}),
    "revoked-authorization": ({}, {"revoked_on": date(2026, 2, 1)}),
    "print-only-authorization": ({}, {"covers_website": False, "covers_print": True}),
    "draft": ({"status": "draft"}, {}),
    "not-yet": ({"publish_at": datetime(2099, 1, 1, tzinfo=UTC)}, {}),
    "no-longer": ({"expires_at": datetime(2026, 2, 1, tzinfo=UTC)}, {}),
}


@pytest.fixture
def hidden(request, db):
    fields, authorization = HIDDEN[request.param]
    row = factories.story(request.param, authorized=False, title="Secret otter", **fields)
    if authorization is not None:
        factories.authorization(row, **authorization)
    return row


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("hidden", HIDDEN, indirect=True)
@pytest.mark.parametrize("address", ["/stories/{}/", "/es/stories/{}/"])
def test_story_that_must_not_be_read_is_not_found(client, hidden, address):
    response = client.get(address.format(hidden.slug))

    assert response.status_code == 404
    assert "Secret otter" not in text(response)


@pytest.mark.parametrize("hidden", HIDDEN, indirect=True)
def test_story_that_must_not_be_read_is_nowhere_else(client, hidden):
    edition = factories.live("crmo")
    hidden.conditions.add(edition.condition)
    pages = ["/", "/stories/", "/es/stories/", "/search/?q=secret+otter", "/news/feed/", "/sitemap.xml", "/conditions/crmo/"]

    answers = [text(client.get(address)) for address in pages]

    assert [hidden.slug in answer or "Secret otter" in answer for answer in answers] == [False] * len(pages)


@pytest.mark.parametrize("hidden", HIDDEN, indirect=True)
def test_old_address_of_a_hidden_story_is_not_found(client, hidden):
    old = hidden.slug
    hidden.slug = "renamed-otter"
    hidden.save()

    response = client.get(f"/stories/{old}/")

    assert response.status_code == 404
    assert "renamed-otter" not in text(response)


def test_old_address_leads_to_the_new_one(client, db):
    row = factories.story("pool")
    row.slug = "lane-four"
    row.save()

    response = client.get("/es/stories/pool/")

    assert (response.status_code, response.headers["Location"]) == (301, "/es/stories/lane-four/")


def test_story_disappears_the_day_it_is_revoked(client, db):
    row = factories.story("pool")
    before = client.get("/stories/pool/").status_code

    row.authorizations.update(revoked_on=timezone.localdate())

    assert (before, client.get("/stories/pool/").status_code) == (200, 404)


def test_story_says_who_tells_it_and_what_it_is_about(client, db):
    shown, draft = factories.live("crmo", language="en").condition, factories.draft(factories.condition("secret")).condition
    factories.story("pool", [shown, draft], name_shown="Minnow", age_band="8 to 10", is_sample=True)

    page = text(client.get("/stories/pool/"))

    assert "Minnow, age 8 to 10" in page
    assert '<a href="/conditions/crmo/">Condition crmo</a>' in page
    assert "Condition secret" not in page
    assert "Sample content, not reviewed by a clinician" in page


def test_story_in_another_language_says_so_to_machines_and_readers(client, db):
    factories.story("piscina", language="es")

    page = text(client.get("/stories/piscina/"))

    assert '<article lang="es">' in page
    assert '<link rel="canonical" href="http://testserver/es/stories/piscina/">' in page


def test_list_without_stories_says_where_to_go_on(client, db):
    page = text(client.get("/stories/"))

    assert '<ul class="entries">' not in page
    assert '<a href="/conditions/">' in page


@pytest.mark.parametrize("count", [1, 3, 40])
def test_list_asks_four_questions_however_many_stories(client, db, count, django_assert_num_queries):
    condition = factories.live("crmo").condition
    for number in range(count):
        factories.story(f"story-{number}", [condition], publish_at=factories.LONG_AGO + timedelta(hours=number))

    with django_assert_num_queries(4):
        page = text(client.get("/stories/"))

    assert page.count('href="/stories/story-') == min(count, 20)
    assert ("Page 1 of 15" in page) == (count == 300)


def test_number_that_is_no_page_leads_to_the_first(client, db):
    for number in range(21):
        factories.story(f"story-{number}")

    first = client.get("/stories/").content
    assert client.get("/stories/?page=2").content != first
    for asked in ("0", "-1", "99", "x", "2'--", "1.5", "9" * 99):
        assert client.get("/stories/", {"page": asked}).content.replace(f"page={asked}".encode(), b"") == first


def test_second_page_has_its_own_address_and_title(client, db):
    for number in range(21):
        factories.story(f"story-{number}")

    page = text(client.get("/stories/?page=2"))

    assert '<link rel="canonical" href="http://testserver/stories/?page=2">' in page
    assert "<title>Success stories, page 2 |" in page


@pytest.mark.parametrize("count", [1, 3])
def test_story_asks_four_questions(client, db, count, django_assert_num_queries):
    conditions = [factories.live(f"condition-{number}").condition for number in range(count)]
    factories.story("pool", conditions)

    with django_assert_num_queries(4):
        client.get("/stories/pool/")
