"""Two texts side by side, word by word."""

import random
import time

import pytest
from django.urls import reverse

from conditions import actions
from conditions.comparison import GONE, NEW, SAME, blocks, changed, compare
from conditions.models import Edition, Section, Source
from tests import factories

WORDS = "the a of bone child doctor pain fever medicine scan sleep help may can with for and or not often"


def text(sections=(), sources=(), summary="Short."):
    own = ["en", summary, "One\nTwo", "", "", "Cannot stand"]
    return [own, [list(section) for section in sections], [list(source) for source in sources]]


def section(kind="overview", body="<p>Text.</p>", heading="", picture="", alt=""):
    return [kind, heading, body, picture, alt, ""]


def source(title="A study", url="https://example.org/study", date="2025", language="en"):
    return [title, "", url, date, language]


def states(before, after):
    return [(place.title, place.states) for place in changed(compare(before, after))]


def test_equal_texts_differ_nowhere():
    same = text([section(), section("causes")], [source()])

    assert states(same, same) == []


def test_words_are_told_apart_in_their_paragraph():
    before = text([section(body="<p>Bones hurt at night.</p><p>Rest helps.</p>")])
    after = text([section(body="<p>Bones often hurt by night.</p><p>Rest helps.</p>")])

    heading, first, second = compare(before, after)[5].rows

    assert not heading.differs
    assert first.left == [(SAME, "Bones"), (SAME, "hurt"), (GONE, "at"), (SAME, "night.")]
    assert first.right == [(SAME, "Bones"), (NEW, "often"), (SAME, "hurt"), (NEW, "by"), (SAME, "night.")]
    assert not second.differs


def test_own_fields_are_named_as_in_the_form():
    assert states(text(summary="Short."), text(summary="Shorter.")) == [("The short answer", ["changed"])]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([section()], [section(), section("causes")], [("What causes it", ["added"])]),
        ([section(), section("causes")], [section()], [("What causes it", ["removed"])]),
        ([section(heading="Old")], [section(heading="New")], [("New", ["changed"])]),
        ([section(body="<p>a</p>")], [section(body="<ul><li>a</li></ul>")], [("What it is", ["changed"])]),
        ([section(body="<p>a <em>b</em></p>")], [section(body="<p>a b</p>")], [("What it is", ["layout"])]),
        ([section()], [section(picture="b1.webp", alt="A bone")], [("What it is", ["changed"])]),
        (
            [section(picture="b1.webp", alt="A bone")],
            [section(picture="c2.webp", alt="A bone")],
            [("What it is", ["changed"])],
        ),
        (
            [section(body='<p><a href="https://a.example/">here</a></p>')],
            [section(body='<p><a href="https://b.example/">here</a></p>')],
            [("What it is", ["changed"])],
        ),
    ],
)
def test_sections_say_what_became_of_them(before, after, told):
    assert states(text(before), text(after)) == told


def test_moved_section_is_told_once_and_its_neighbours_stay():
    parts = [section(kind) for kind in ("overview", "symptoms", "causes", "treatment")]

    moved = states(text(parts), text([parts[3], *parts[:3]]))

    assert moved == [("Treatment", ["moved"])]


def test_moved_and_changed_are_both_told():
    parts = [section(kind) for kind in ("overview", "symptoms", "causes")]

    told = states(text(parts), text([section("causes", body="<p>Other.</p>"), *parts[:2]]))

    assert told == [("What causes it", ["moved", "changed"])]


def test_two_sections_of_one_kind_are_matched_by_their_headings():
    before = [section(heading="Pain"), section(heading="Fever")]
    after = [section(heading="Fever"), section(heading="Sleep"), section(heading="Pain")]

    told = dict(states(text(before), text(after)))

    assert told["Sleep"] == ["added"]
    assert sorted(map(tuple, told.values())) == [("added",), ("moved",)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([source()], [source(date="2026")], [("Source: A study", ["changed"])]),
        ([source()], [source(language="de")], [("Source: A study", ["changed"])]),
        ([source()], [source(title="A later study")], [("Source: A later study", ["changed"])]),
        ([source()], [], [("Source: A study", ["removed"])]),
        ([], [source()], [("Source: A study", ["added"])]),
    ],
)
def test_sources_say_what_became_of_them(before, after, told):
    assert states(text(sources=before), text(sources=after)) == told


def test_long_text_becomes_plain_paragraphs_with_addresses_and_bullets():
    html = (
        '<h3>Rest</h3><p>Call <a href="tel:911">us</a> &amp; ask.</p><ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>'
    )

    assert blocks(html) == ["Rest", "Call us [tel:911] & ask.", "• one", "• two", "• three"]


def test_rows_of_a_table_and_numbers_of_a_list_are_told():
    html = "<table><caption>Doses</caption><tr><th>Age</th><td>50 mg<ul><li>a</li></ul></td></tr></table>"

    assert blocks(f'{html}<ol start="4"><li>b</li><li>c</li></ol>') == ["Doses", "Age | 50 mg; • a", "• 4. b", "• c"]


@pytest.mark.parametrize("paragraphs", [1, 50])
def test_three_thousand_words_are_compared_quickly(paragraphs):
    pick = random.Random(1)

    def long():
        words = [[pick.choice(WORDS.split()) for _word in range(3000 // paragraphs)] for _paragraph in range(paragraphs)]
        return text([section(body="".join(f"<p>{' '.join(each)}</p>" for each in words))])

    before, after = long(), long()
    start = time.process_time()
    compare(before, after)

    assert time.process_time() - start < 3  # measured: 40 ms in 50 paragraphs, 260 ms in one


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(db):
    """A live edition and the draft after it."""
    live = factories.live(sections=("overview", "treatment"))
    draft = actions.start_draft(condition=live.condition, language="en", by="test")
    Section.objects.filter(edition=draft, kind="treatment").update(body="<p>Text on better treatment of crmo.</p>")
    return live, draft


def address(edition):
    return reverse("admin:conditions_edition_compare", args=[edition.pk])


def test_page_begins_with_the_version_before(client, reviewer, versions):
    _live, draft = versions
    client.force_login(reviewer)

    page = client.get(address(draft))

    assert page.context["sides"] == ["Version 1 (Approved)", "Version 2 (Draft)"]
    assert [place.title for place in page.context["changed"]] == ["Treatment"]
    assert '<span class="visually-hidden">added: </span>better<span class="visually-hidden"> (end)</span></ins>' in page.text


def test_any_two_texts_of_the_page_can_be_chosen(client, reviewer, versions):
    live, draft = versions
    signed = live.sign_offs.get()
    spanish = factories.draft(live.condition, "es")
    client.force_login(reviewer)

    page = client.get(address(draft), {"left": draft.pk, "right": f"s{signed.pk}"})
    foreign = client.get(address(draft), {"left": spanish.pk})

    assert page.context["sides"] == ["Version 2 (Draft)", "Version 1 as Ana Example, MD signed it on 2 Jan 2026"]
    assert "left" in foreign.context["form"].errors
    assert "changed" not in foreign.context


def test_same_text_on_both_sides_says_so(client, reviewer, versions):
    live, _draft = versions
    client.force_login(reviewer)

    assert "No word, link or picture differs." in client.get(address(live), {"left": live.pk, "right": live.pk}).text


def test_page_is_for_those_who_may_read_editions(client, versions):
    client.force_login(factories.staff("sam"))

    answers = [client.get(address(versions[1])).status_code, client.get("/admin/conditions/edition/77/compare/").status_code]

    assert answers == [403, 404]


def test_signed_text_is_compared_as_it_was_signed(client, reviewer, versions):
    _live, draft = versions
    actions.submit(edition=draft, by="test")
    actions.sign_off(edition=draft, reviewer=reviewer.clinician, by=reviewer)
    Source.objects.filter(edition=draft).update(title="Another study")
    Edition.objects.filter(pk=draft.pk).update(summary="Now this.")
    client.force_login(reviewer)

    page = client.get(address(draft), {"left": f"s{draft.sign_offs.get().pk}", "right": draft.pk})

    assert [place.title for place in page.context["changed"]] == ["The short answer", "Source: Another study"]
