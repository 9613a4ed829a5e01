"""What readers find at the address of a page whose text was withdrawn."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conditions import actions
from conditions.models import ConditionName
from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db
MARCH, APRIL = datetime(2026, 3, 1, 14, tzinfo=UTC), datetime(2026, 4, 1, 14, tzinfo=UTC)


def withdraw(edition, at=APRIL, reason="One dose was wrong."):
    actions.withdraw(edition=edition, by="test", reason=reason, at=at)
    return edition


def test_address_tells_when_and_why_and_the_ways_on(client):
    edition = factories.live("crmo")
    edition.condition.departments.add(factories.department("bones", name="Bone Center"))
    withdraw(edition)

    page = client.get("/conditions/crmo/")

    assert page.status_code == 410
    assert page["Cache-Control"] == "no-store"
    assert headings(page)[0] == "Condition crmo"
    assert "This page was taken down on April 1, 2026: One dose was wrong." in text(page)
    assert 'href="/departments/bones/"' in page.text
    assert 'action="/search/"' in page.text
    assert 'href="/conditions/crmo/versions/"' in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert "Short answer on crmo" not in page.text


def test_withdrawn_page_is_in_neither_search_nor_sitemap_nor_list(client):
    factories.live("lupus")
    withdraw(factories.live("crmo"))

    pages = [client.get(address).text for address in ("/search/?q=Condition", "/sitemap.xml", "/conditions/")]

    assert all("/conditions/lupus/" in page for page in pages)
    assert not any("/conditions/crmo/" in page for page in pages)


def test_old_address_of_a_withdrawn_page_leads_to_where_it_says_why(client):
    row = withdraw(factories.live("crmo")).condition
    row.slug = "cno"
    row.save()

    response = client.get("/conditions/crmo/")

    assert (response.status_code, response["Location"]) == (301, "/conditions/cno/")


def test_page_that_never_was_is_not_found(client):
    factories.draft(factories.condition("never"))
    early = factories.publish(factories.draft(factories.condition("early")), at=timezone.now() + timedelta(days=1))
    withdraw(early, at=timezone.now())

    answers = [client.get(f"/conditions/{slug}/").status_code for slug in ("never", "early", "nothing")]

    assert answers == [404, 404, 404]


def test_reader_of_spanish_is_told_in_spanish(client):
    withdraw(factories.live("crmo"))

    page = client.get("/es/conditions/crmo/")

    assert page.status_code == 410
    assert "Esta página se retiró el 1 de abril de 2026:" in text(page)
    assert '<span lang="en">One dose was wrong.</span>' in page.text


def test_language_that_is_left_is_shown_without_a_word(client):
    row = factories.live("crmo").condition
    ConditionName.objects.create(condition=row, language="es", kind="preferred", text="Afección crmo")
    withdraw(factories.live("crmo", language="es"))

    page = client.get("/conditions/crmo/")

    assert page.status_code == 200
    assert "withdrawn" not in text(page)


def test_earlier_version_that_took_over_says_so_until_a_newer_one_is_live(client):
    first = factories.live("crmo", summary="What we said first.")
    withdraw(factories.publish(factories.draft(first.condition), at=MARCH))

    before = client.get("/conditions/crmo/")
    coming = factories.draft(first.condition)
    drafted = client.get("/conditions/crmo/")
    factories.publish(coming, at=datetime(2026, 5, 1, tzinfo=UTC))
    after = client.get("/conditions/crmo/")

    line = "Version 2 was withdrawn on April 1, 2026: One dose was wrong. This is the version before it."
    assert (before.status_code, line in text(before), line in text(drafted)) == (200, True, True)
    assert "What we said first." in text(before)
    assert "withdrawn" not in text(after)


def test_last_of_several_withdrawn_versions_is_named(client):
    first = factories.live("crmo")
    withdraw(factories.publish(factories.draft(first.condition), at=MARCH), at=MARCH + timedelta(days=1), reason="First.")
    withdraw(factories.publish(factories.draft(first.condition), at=MARCH + timedelta(days=2)), reason="Second.")

    page = client.get("/conditions/crmo/")

    assert "Version 3 was withdrawn on April 1, 2026: Second." in text(page)
    assert "First." not in text(page)


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_however_many_were_withdrawn(client, django_assert_num_queries, count):
    edition = factories.live("crmo")
    for n in range(count):
        edition.condition.departments.add(factories.department(f"department-{n}"))
        withdraw(factories.publish(factories.draft(edition.condition), at=MARCH + timedelta(days=n)))
    with django_assert_num_queries(13):
        client.get("/conditions/crmo/")
    withdraw(edition)

    with django_assert_num_queries(7):
        client.get("/conditions/crmo/")
