"""The page on a condition: what it shows, in which order, to whom, and how much that costs."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from conditions import actions
from conditions.models import ConditionName, Section, Source
from foundation.publishing.templatetags.portal import partial_date, shy, tel
from tests import factories

pytestmark = pytest.mark.django_db


def text(response):
    """What is read on the page, without tags and soft hyphens."""
    html = response.content.decode().replace("\u00ad", "")
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]).split())


def headings(response):
    html = response.content.decode().replace("\u00ad", "")
    return [re.sub(r"<[^>]*>", "", found).strip() for found in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", html, re.DOTALL)]


def full_condition(count):
    """A condition with `count` of everything that can stand on its page."""
    row = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    for n in range(count):
        ConditionName.objects.create(condition=row, language="en", kind="also-called", text=f"Name {n}")
        place = factories.location(f"place-{n}")
        department = factories.department(f"department-{n}", virtual=True)
        department.locations.add(place)
        row.departments.add(department)
        factories.story(f"story-{n}", [row])
        factories.news(f"news-{n}", [row])
        factories.term(f"term-{n}", also=f"terms {n}")
        row.related.add(factories.live(f"related-{n}").condition)
        row.not_to_be_confused_with.add(factories.live(f"other-{n}").condition)
    draft = factories.draft(row, sections=["overview"] * count + ["questions"])
    for n in range(count):
        Source.objects.create(edition=draft, order=n, title=f"Source {n}", date="2025")
    return factories.publish(draft)


def test_everything_stands_in_the_order_of_a_leaflet(client):
    full_condition(1)

    response = client.get("/conditions/crmo/")

    assert headings(response) == [
        "Chronic recurrent multifocal osteomyelitis",
        "Key points",
        "When to call",
        "Reviewed and edited by",
        "Who treats it",
        "On this page",
        "What it is",
        "Questions to ask your doctor",
        "Success stories",
        "In the news",
        "Ask for an appointment",
        "Who treats it",
        "Not to be confused with",
        "Related conditions",
        "Sources",
        "Reviewed and edited by",
        "Did this page help?",
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_twelve_queries_however_much_is_on_it(client, django_assert_num_queries, count):
    full_condition(count)

    with django_assert_num_queries(12):
        response = client.get("/conditions/crmo/")

    assert response.status_code == 200


def test_page_is_public_and_sets_no_cookie(client):
    factories.live("crmo")

    response = client.get("/conditions/crmo/")

    assert response.cookies == {}
    assert response["Cache-Control"] == "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
    assert "Cookie" not in response.get("Vary", "")


def test_page_with_nothing_around_it_has_no_empty_headings(client):
    factories.live("crmo")

    response = client.get("/conditions/crmo/")

    assert headings(response) == [
        "Condition crmo",
        "Key points",
        "When to call",
        "Reviewed and edited by",
        "On this page",
        "What it is",
        "Ask for an appointment",
        "Sources",
        "Reviewed and edited by",
        "Did this page help?",
    ]


def test_heading_takes_the_abbreviation_of_its_own_name_only(client):
    row = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    ConditionName.objects.create(condition=row, language="en", kind="abbreviation", text="CNO")
    ConditionName.objects.create(condition=row, language="en", kind="abbreviation", text="CRMO")
    ConditionName.objects.create(condition=row, language="en", kind="misspelling", text="CMRO")
    factories.publish(factories.draft(row))

    response = client.get("/conditions/crmo/")

    assert headings(response)[0] == "Chronic recurrent multifocal osteomyelitis (CRMO)"
    assert "Also called: CNO" in text(response)
    assert "CMRO" not in text(response)


def test_emergency_card_has_words_and_no_link(client):
    factories.live("crmo", ask_us="limps", call_today="has a fever", emergency="cannot stand")

    html = client.get("/conditions/crmo/").content.decode()

    card = re.search(r'<div class="now">.*?</section>', html, re.DOTALL).group()
    assert "Emergency: call 911" in card
    assert "cannot stand" in card
    assert "<a " not in card


def test_word_is_explained_once_where_it_is_first_met(client):
    row = factories.condition("crmo")
    factories.term("biopsy", term="biopsy", say="BY-op-see", definition="A tiny piece for the laboratory.")
    factories.term("biopsia", language="es", term="biopsy", definition="En español.")
    draft = factories.draft(row, sections=("overview", "diagnosis"))
    Section.objects.filter(edition=draft).update(body="<p>You may need a biopsy.</p>")
    factories.publish(draft)

    html = client.get("/conditions/crmo/").content.decode()

    assert html.count("A tiny piece for the laboratory.") == 1
    assert html.count("<dfn>biopsy</dfn>") == 1
    assert "(say: BY-op-see)" in html
    assert "En español." not in html


def test_two_sections_of_a_kind_have_different_ids(client):
    factories.live("crmo", sections=("treatment", "treatment"))

    html = client.get("/conditions/crmo/").content.decode()

    assert re.findall(r'<h2 id="(treatment[^"]*)"', html) == ["treatment", "treatment.2"]


def test_hidden_stories_news_and_conditions_are_not_shown(client):
    edition = factories.live("crmo")
    factories.story("unsigned", [edition.condition], authorized=False)
    factories.story("draft", [edition.condition], status="draft")
    factories.news("later", [edition.condition], publish_at=timezone.now() + timedelta(days=1))
    edition.condition.related.add(factories.draft(factories.condition("unwritten")).condition)

    response = client.get("/conditions/crmo/")

    for hidden in ("Story unsigned", "Story draft", "News later", "Condition unwritten"):
        assert hidden not in text(response)


def test_condition_linked_both_ways_is_only_not_to_be_confused(client):
    edition, other = factories.live("crmo"), factories.live("infection")
    edition.condition.related.add(other.condition)
    edition.condition.not_to_be_confused_with.add(other.condition)

    response = client.get("/conditions/crmo/")

    assert "Not to be confused with" in headings(response)
    assert "Related conditions" not in headings(response)


def test_condition_without_live_edition_is_not_found(client):
    factories.draft(factories.condition("crmo"))

    assert client.get("/conditions/crmo/").status_code == 404


def test_withdrawn_condition_is_not_found(client):
    actions.withdraw(edition=factories.live("crmo"), by="test", reason="A mistake")

    assert client.get("/conditions/crmo/").status_code == 404


@pytest.mark.parametrize("rest", ["", "versions/", "versions/1/", "qr.svg", "feedback/"])
def test_old_address_leads_to_the_new_one(client, rest):
    row = factories.live("crmo").condition
    row.slug = "cno"
    row.save()

    response = client.get(f"/conditions/crmo/{rest}")

    target = f"/conditions/cno/{rest}" if rest.startswith("versions") else "/conditions/cno/"
    assert (response.status_code, response["Location"]) == (301, target)


def test_overdue_review_is_said_honestly(client):
    factories.publish(factories.draft(factories.condition("late")), next_review_due=date(2026, 1, 3))
    factories.publish(factories.draft(factories.condition("fine")), next_review_due=date(2999, 1, 1))

    assert "The next review is late." in text(client.get("/conditions/late/"))
    assert "The next review is late." not in text(client.get("/conditions/fine/"))


def test_review_names_the_clinician_and_the_change(client):
    edition = factories.live("crmo", change_note="New words on sports.")

    response = client.get("/conditions/crmo/")

    assert "Ana Example, MD" in text(response)
    assert "Last reviewed Jan. 2, 2026 Next review due Jan. 2, 2027 What changed New words on sports." in text(response)
    assert edition.reviewed_by.get_absolute_url() in response.content.decode()


def test_sample_line_only_on_sample_content(client):
    factories.publish(factories.draft(factories.condition("made-up", is_sample=True)))
    factories.live("real")

    assert "Sample content, not reviewed by a clinician" in text(client.get("/conditions/made-up/"))
    assert "Sample content" not in text(client.get("/conditions/real/"))


def test_spanish_edition_is_shown_under_es_with_alternates(client):
    row = factories.live("crmo").condition
    ConditionName.objects.create(condition=row, language="es", kind="preferred", text="Osteomielitis")
    factories.publish(factories.draft(row, "es", summary="Respuesta corta."))

    html = client.get("/es/conditions/crmo/").content.decode()

    assert '<html lang="es" dir="ltr">' in html
    assert "Osteomielitis</h1>" in html.replace("\u00ad", "")
    assert '<link rel="canonical" href="http://testserver/es/conditions/crmo/">' in html
    assert re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)">', html) == [
        ("en", "http://testserver/conditions/crmo/"),
        ("es", "http://testserver/es/conditions/crmo/"),
    ]
    assert "noindex" not in html


def test_missing_spanish_edition_shows_marked_english(client):
    factories.live("crmo")

    html = client.get("/es/conditions/crmo/").content.decode()

    assert '<meta name="robots" content="noindex">' in html
    assert '<link rel="canonical" href="http://testserver/conditions/crmo/">' in html
    assert re.findall(r"hreflang=\"(\w+)\" href=\"http", html) == ["en"]
    assert '<header lang="en">' in html
    assert '<p class="notice">' in html


def test_only_spanish_edition_is_not_found_in_english(client):
    factories.live("crmo", language="es")

    assert client.get("/conditions/crmo/").status_code == 404
    assert client.get("/es/conditions/crmo/").status_code == 200


def test_qr_code_is_a_picture_of_the_address(client):
    factories.live("crmo")

    response = client.get("/conditions/crmo/qr.svg")

    assert response["Content-Type"] == "image/svg+xml"
    assert b"<svg" in response.content
    assert client.get("/conditions/nothing/qr.svg").status_code == 404


def test_words_of_editors_are_escaped(client):
    factories.live("crmo", summary='<script>alert("x")</script>')

    html = client.get("/conditions/crmo/").content.decode()

    assert "<script>alert" not in html
    assert '<meta name="description" content="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;">' in html


def test_long_words_may_break_between_their_forms():
    assert shy("Chronic osteomyelitis, bone") == "Chronic osteo\u00admyel\u00aditis, bone"


@pytest.mark.parametrize(
    ("written", "dialled"),
    [("212 555 0142", "+12125550142"), ("+44 20 7946 0000", "+442079460000"), ("(212) 555-0142 ext. 7", "+12125550142;ext=7")],
)
def test_phone_links_dial_the_whole_number(written, dialled):
    assert tel(written) == dialled


@pytest.mark.parametrize(("written", "read"), [("2025", "2025"), ("2025-05", "May 2025"), ("2025-05-08", "May 8, 2025")])
def test_source_dates_are_read_as_exactly_as_written(written, read):
    assert partial_date(written) == read


LATER = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)


def test_earlier_version_says_its_days_and_leads_to_today(client):
    first = factories.live("crmo", summary="What we said first.")
    factories.publish(factories.draft(first.condition, summary="What we say now."), at=LATER)

    old, new = client.get("/conditions/crmo/versions/1/"), client.get("/conditions/crmo/versions/2/")

    assert "Shown from Jan. 5, 2026 to March 1, 2026" in text(old)
    assert "What we said first." in text(old)
    assert 'href="/conditions/crmo/">Today’s page' in old.content.decode()
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
    with django_assert_num_queries(8):
        client.get("/conditions/crmo/versions/1/")
