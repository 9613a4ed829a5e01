"""The page on a condition: what it shows, in which order, to whom, and how much that costs."""

import re
from datetime import date, timedelta

import pytest
from django.utils import formats, timezone

from conditions.models import ConditionName, Section, Source
from foundation.pages.http import cache_control
from foundation.pages.templatetags.pages import partial_date, tel
from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db


def full_condition(count):
    """A condition with `count` of everything that can stand on its page."""
    row = factories.condition("crmo", name="Chronic recurrent multifocal osteomyelitis")
    for n in range(count):
        ConditionName.objects.create(condition=row, language="en", kind="also-called", text=f"Name {n}")
        place = factories.location(f"place-{n}")
        department = factories.department(f"department-{n}", virtual=True, licensed_states="NY")
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
        "On this page",
        "What it is",
        "Questions to ask your doctor",
        "Success stories",
        "In the news",
        "In-person and virtual appointments",
        "Departments, Services and Specialized Centers",
        "Reviewed and edited by",
    ]


def test_one_article_holds_every_part(client):
    """What a reader view keeps is one article, whose parts stand in no other box."""
    full_condition(1)
    factories.term("text", term="text", definition="Written words.")

    html = client.get("/conditions/crmo/").content.decode()

    article = re.search(r"<article.*?</article>", html, re.DOTALL)[0]
    parts = ["h1", 'class="lead"', 'class="keys"', 'class="care"', 'id="overview"', 'class="questions"', 'id="review"']
    places = [article.index(part) for part in (*parts, 'id="sources"', 'class="words"')]
    assert (html.count("<article"), html.count("<main")) == (1, 1)
    assert places == sorted(places)
    assert html.index("Reviewed by") < html.index("Key points")


def test_more_than_three_stories_and_news_stand_in_their_lists(client):
    full_condition(4)
    factories.story("another", [factories.live("other").condition])
    factories.news("other-news", [factories.live("third").condition])

    page = client.get("/conditions/crmo/").content.decode()

    assert [
        len(set(re.findall(rf'href="/{kind}/{name}-\d/"', page))) for kind, name in (("stories", "story"), ("news", "news"))
    ] == [3, 3]
    for kind, name, hidden in (("stories", "story", "another"), ("news", "news", "other-news")):
        assert f'<a href="/{kind}/?condition=crmo">' in page
        listed = client.get(f"/{kind}/?condition=crmo").content.decode()
        assert len(set(re.findall(rf'href="/{kind}/{name}-\d/"', listed))) == 4
        assert f"/{kind}/{hidden}/" not in listed
        assert f"/{kind}/{hidden}/" in client.get(f"/{kind}/?condition=<x>").content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_page_costs_fourteen_queries_however_much_is_on_it(client, django_assert_num_queries, count):
    full_condition(count)

    with django_assert_num_queries(14):
        response = client.get("/conditions/crmo/")

    assert response.status_code == 200


def test_lists_around_the_text_are_whole_and_the_newest_come_first(client):
    row = factories.live("crmo").condition
    department = factories.department("bones", name="Bone Center", virtual=True)
    department.locations.add(factories.location("main-campus"), factories.location("north-clinic"))
    row.departments.add(department)
    late = factories.LONG_AGO + timedelta(days=3, hours=20)  # still the third day in New York
    for slug, moment in (("first", factories.LONG_AGO), ("second", factories.LONG_AGO), ("third", late)):
        factories.story(slug, [row], publish_at=moment, age_band="8 to 10", text="<p>It began. Then more.</p>")
        factories.news(slug, [row], publish_at=moment, source_name="A paper" if slug == "third" else "")
    factories.authorization(factories.story("unnamed", [row], authorized=False), covers_name=False, relationship="patient")

    page = client.get("/conditions/crmo/").content.decode()

    assert re.findall(r"· (Main Campus|North Clinic)", page) == ["Main Campus", "North Clinic"]
    assert re.findall(r'href="/stories/(\w+)/"', page) == ["third", "unnamed", "second"]
    assert re.findall(r'href="/news/(\w+)/"', page) == ["feed", "third", "second", "first"]
    assert page.count("<q>It began.</q>") == 2
    assert page.count("M., age 8 to 10") == 2
    assert "Somebody who was a patient here" in page
    assert f"{formats.date_format(timezone.localdate(late))} · A paper" in page


def test_page_is_public_and_sets_no_cookie(client):
    factories.live("crmo")

    response = client.get("/conditions/crmo/")

    assert response.cookies == {}
    assert response["Cache-Control"] == cache_control()
    assert "Cookie" not in response.get("Vary", "")


def test_page_with_nothing_around_it_has_no_empty_headings(client):
    factories.live("crmo")

    response = client.get("/conditions/crmo/")

    assert headings(response) == [
        "Condition crmo",
        "Key points",
        "When to call",
        "On this page",
        "What it is",
        "In-person and virtual appointments",
        "Reviewed and edited by",
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

    card = re.search(r'<div class="now">.*?</div>', html, re.DOTALL).group()
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
    assert html.count('<a class="w" href="#w-biopsy" id="t-biopsy">biopsy</a>') == 1
    assert re.search(r'id="w-biopsy".*?say: BY-op-see.*?<a href="#t-biopsy">Back to the text</a>', html)
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

    assert "Not to be confused with: Condition infection" in text(response)
    assert "Related conditions" not in text(response)


def test_condition_without_live_edition_is_not_found(client):
    factories.draft(factories.condition("crmo"))

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

    assert "Reviewed by Ana Example, MD , Jan. 2, 2026. Next review by Jan. 2, 2027. Earlier versions" in text(response)
    assert "Last reviewed Jan. 2, 2026 Next review due Jan. 2, 2027 What changed: New words on sports." in text(response)
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
    assert "Osteomielitis</h1>" in html
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


def test_source_says_in_which_language_its_title_is(client):
    edition = factories.draft(factories.condition("crmo"))
    Source.objects.create(edition=edition, title="Eine Studie", date="2024", language="de")
    factories.publish(edition)
    edition.condition.names.create(language="es", kind="preferred", text="Osteomielitis")
    factories.publish(factories.draft(edition.condition, "es"))

    english, spanish = (
        "".join(client.get(path).text.split("<ol")[-1].split()) for path in ("/conditions/crmo/", "/es/conditions/crmo/")
    )

    assert ">Astudy</a>.<time" in english
    assert '<spanlang="de">EineStudie</span><smallclass="quiet"lang="en">(inGerman)</small>.' in english
    assert (
        '<ahref="https://example.org/study"><spanlang="en">Astudy</span></a><smallclass="quiet"lang="es">(eninglés)</small>.'
        in spanish
    )


def test_tall_picture_stands_beside_the_first_numbered_list(client, settings):
    edition = factories.draft(factories.condition("crmo"))
    section = edition.sections.get()
    factories.put_picture(section, (settings.BASE_DIR / "sample" / "conditions" / "crmo-body.webp").read_bytes())
    section.picture_alt, section.body = "A body", "<p>Places:</p><ol><li>the jaw</li></ol><p>Rest.</p>"
    section.save()
    factories.publish(edition)

    article = client.get("/conditions/crmo/").text.partition("<article")[2]

    marks = ["<p>Places:</p>", '<div class="picture tall">', "</picture>", "<ol><li>the jaw</li></ol><p>Rest.</p>"]
    assert [article.index(mark) for mark in marks] == sorted(article.index(mark) for mark in marks)


def test_words_of_editors_are_escaped(client):
    factories.live("crmo", summary='<script>alert("x")</script>')

    html = client.get("/conditions/crmo/").content.decode()

    assert "<script>alert" not in html
    assert '<meta name="description" content="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;">' in html


def test_names_stand_on_pages_as_they_are_stored(client, db):
    factories.live("crmo")
    for path in ("/", "/conditions/", "/conditions/crmo/", "/departments/", "/glossary/", "/search/?q=crmo"):
        assert "\u00ad" not in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("written", "dialled"),
    [("212 555 0142", "+12125550142"), ("+44 20 7946 0000", "+442079460000"), ("(212) 555-0142 ext. 7", "+12125550142;ext=7")],
)
def test_phone_links_dial_the_whole_number(written, dialled):
    assert tel(written) == dialled


@pytest.mark.parametrize(("written", "read"), [("2025", "2025"), ("2025-05", "May 2025"), ("2025-05-08", "May 8, 2025")])
def test_source_dates_are_read_as_exactly_as_written(written, read):
    assert partial_date(written) == read
