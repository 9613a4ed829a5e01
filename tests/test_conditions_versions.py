"""What a page said before: found for every day it was shown, and for no other."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conditions import actions
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


def test_earlier_version_says_its_days_and_leads_to_today(client):
    first = factories.live("crmo", summary="What we said first.")
    factories.publish(factories.draft(first.condition, summary="What we say now."), at=LATER)

    old, new = client.get("/conditions/crmo/versions/1/"), client.get("/conditions/crmo/versions/2/")

    assert "Shown from Jan. 5, 2026 to March 1, 2026" in text(old)
    assert "What we said first." in text(old)
    assert 'href="/conditions/crmo/">Today’s page' in old.content.decode()
    assert 'id="whole"' in old.content.decode()  # where “Choose the whole page for printing” leads, as on the page of today
    assert '<meta name="robots" content="noindex">' in old.content.decode()
    assert "Shown since March 1, 2026" in text(new)
    assert "This is the version shown today." in text(new)


def test_withdrawn_version_says_why(client):
    first = factories.live("crmo")
    wrong = factories.publish(factories.draft(first.condition), at=LATER)
    actions.withdraw(edition=wrong, by="test", reason="A wrong dose", at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC))

    page, again = client.get("/conditions/crmo/versions/2/"), client.get("/conditions/crmo/versions/1/")

    assert "Shown from March 1, 2026 to March 2, 2026" in text(page)
    assert "This version was withdrawn: A wrong dose" in text(page)
    assert "This is the version shown today." in text(again)


def test_versions_never_shown_are_not_found(client):
    first = factories.live("crmo")
    coming = factories.publish(factories.draft(first.condition), at=timezone.now() + timedelta(days=2))
    factories.draft(first.condition, summary="Still being written.")

    listed = client.get("/conditions/crmo/versions/")

    assert coming.number == 2
    assert [client.get(f"/conditions/crmo/versions/{n}/").status_code for n in (1, 2, 3, 4)] == [200, 404, 404, 404]
    assert re.findall(r"/conditions/crmo/versions/(\d)/", listed.content.decode()) == ["1"]


def test_version_withdrawn_before_its_day_is_not_found(client):
    first = factories.live("crmo")
    wrong = factories.publish(factories.draft(first.condition), at=LATER)
    actions.withdraw(edition=wrong, by="test", reason="Too early", at=datetime(2026, 2, 1, 14, 0, tzinfo=UTC))

    assert client.get("/conditions/crmo/versions/2/").status_code == 404


def test_condition_with_no_page_left_keeps_its_history(client):
    actions.withdraw(edition=factories.live("crmo"), by="test", reason="A mistake")

    response = client.get("/conditions/crmo/versions/1/")

    assert response.status_code == 200
    assert "There is no page on this today." in text(response)
    assert "Today’s page" not in text(response)


@pytest.mark.parametrize("count", [1, 3])
def test_versions_cost_the_same_however_many(client, django_assert_num_queries, count):
    edition = factories.live("crmo")
    for month in range(2, count + 1):
        factories.publish(factories.draft(edition.condition), at=datetime(2026, month, 1, tzinfo=UTC))

    with django_assert_num_queries(2):
        client.get("/conditions/crmo/versions/")
    with django_assert_num_queries(6):
        client.get("/conditions/crmo/versions/1/")


def test_version_leads_to_the_other_languages_list_since_each_counts_its_own(client, db):
    factories.live("crmo")

    page = client.get("/conditions/crmo/versions/1/")

    assert '<a href="/es/conditions/crmo/versions/" lang="es" hreflang="es">Español</a>' in page.text
