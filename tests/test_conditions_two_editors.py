"""Two people save one draft at the same moment: every text is stored afterwards, or stands on the refused page."""

import os
import re
from html import unescape

import pytest
from django.urls import reverse

from conditions import actions
from conditions.models import Edition, Section, Source
from tests import factories
from tests.admin_forms import filled
from tests.clients import Client
from tests.parallel import at_once

FULL = "FULL" in os.environ
RACES = 50 if FULL else 6
MAY = ("change_edition", "view_edition")


def address(edition):
    return reverse("admin:conditions_edition_change", args=[edition.pk])


def new_section(number, words):
    new = {
        "order": "",
        "kind": "living-with",
        "heading": "",
        "body": f"<p>{words}</p>",
        "picture_alt": "",
        "picture_caption": "",
    }
    return {f"sections-{number}-{name}": value for name, value in new.items()} | {"sections-TOTAL_FORMS": number + 1}


# What one person does to a draft of two sections; `words` are theirs alone.
EDITS = [
    lambda words: {"sections-0-body": f"<p>{words}</p>"},
    lambda words: {"summary": words},
    lambda words: new_section(2, words),
    lambda words: {"sections-0-DELETE": "on", "change_note": words},
    lambda words: {"sections-1-body": f"<p>{words}</p>", "emergency": words},
    lambda words: {"sections-0-DELETE": "on", "sections-1-DELETE": "on"} | new_section(2, words),
]


def everything_stored(edition):
    edition = Edition.objects.get(pk=edition.pk)
    own = [edition.summary, edition.key_points, edition.emergency, edition.change_note]
    return "\n".join([*own, *Section.objects.filter(edition=edition).values_list("body", flat=True)])


def shown(response):
    return unescape(response.content.decode())


def compared(response):
    """The part of a refused page that stands what is stored beside what was typed."""
    return shown(response).partition('id="overtaken-heading"')[2].partition("</section>")[0]


def kept(page_name, number, words):
    return {"name": page_name, "number": number, "place": "anywhere", "typed": words}


@pytest.mark.databases
@pytest.mark.usefixtures("own")
def test_two_editors_at_one_moment_lose_no_word():
    """Both save, and of both a keeping of the same words is on its way: what was saved is not offered again, the rest is."""
    people = [factories.staff(name, *MAY) for name in ("edith", "ben")]
    clients = [Client() for _person in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)
    lost, won = [], []
    for race in range(RACES):
        edition = factories.draft(factories.condition(f"race-{race}"), sections=("overview", "symptoms"))
        edits = [EDITS[race % len(EDITS)], EDITS[(race // len(EDITS) + race) % len(EDITS)]]
        words = [f"Words of race {race} by {name}." for name in ("edith", "ben")]
        loaded = [client.get(address(edition)) for client in clients]
        working_copy = reverse("admin:conditions_edition_working_copy", args=[edition.pk])
        name = f"openedpage{race}"
        saves = [
            (client, address(edition), filled(page, **edit(own), kept=name))
            for client, page, edit, own in zip(clients, loaded, edits, words, strict=True)
        ]
        keepings = [(client.again(), working_copy, kept(name, 1, own)) for client, own in zip(clients, words, strict=True)]

        answers = at_once(lambda each: each[0].post(*each[1:]), [*saves, *keepings])[:2]

        stored = everything_stored(edition)
        offered = [[copy.read() for copy in person.working_copies.unsaved(person).filter(name=name)] for person in people]
        won.append([answer.status_code for answer in answers].count(302))
        lost += [
            (race, n, answer.status_code)
            for n, answer in enumerate(answers)
            if words[n] not in (stored if answer.status_code == 302 else shown(answer))
            or offered[n] != ([] if answer.status_code == 302 else [{"anywhere": words[n]}])
        ]
        assert any(compared(answer) for answer in answers)

    assert lost == []
    assert won == [1] * RACES


# --- what the refused page offers -------------------------------------------------------------------------------------


@pytest.fixture
def draft(db):
    return factories.draft(sections=("overview", "symptoms"))


@pytest.fixture
def second(client, editor, draft):
    """Sends what somebody typed into the page as it was before `first` was saved by somebody else."""
    client.force_login(editor)
    ben = Client()
    ben.force_login(factories.staff("ben", *MAY))

    def race(first, then):
        page = client.get(address(draft))
        typed = filled(page, **then)
        assert ben.post(address(draft), filled(ben.get(address(draft)), **first)).status_code == 302
        return client.post(address(draft), typed)

    return race


def test_text_of_a_section_deleted_meanwhile_stands_in_the_comparison(client, draft, second):
    refused = second(
        {"sections-0-DELETE": "on"}, {"sections-0-body": "<p>My words</p>", "sections-1-body": "<p>More words</p>"}
    )

    again = client.post(address(draft), filled(refused))

    assert "section, deleted meanwhile" in compared(refused)
    assert "<p>My words</p>" in compared(refused)
    assert "<p>More words</p>" in compared(refused)
    assert again.status_code == 302
    assert [section.body for section in draft.sections.all()] == ["<p>More words</p>"]


def test_section_and_source_added_meanwhile_are_shown_and_stay(client, draft, second):
    source = {
        "sources-TOTAL_FORMS": 2,
        "sources-1-title": "Their study",
        "sources-1-date": "2026",
        "sources-1-language": "en",
        "sources-1-order": "",
    }
    refused = second(new_section(2, "Their section") | source, new_section(2, "My section"))

    again = client.post(address(draft), filled(refused))

    assert "Their section" in compared(refused)
    assert "Their study" in compared(refused)
    assert again.status_code == 302
    bodies = set(draft.sections.values_list("body", flat=True))
    assert {"<p>Their section</p>", "<p>My section</p>"} <= bodies
    assert len(bodies) == 4
    assert Source.objects.filter(title="Their study").exists()


def test_rows_keep_to_their_own_when_others_moved(client, draft, second):
    refused = second(
        {"sections-0-order": 5} | new_section(2, "In between") | {"sections-2-order": 3},
        {"sections-1-body": "<p>My symptoms</p>"},
    )

    page = re.sub(r"\s+", " ", shown(refused))
    client.post(address(draft), filled(refused))

    assert page.count("My symptoms") >= 2
    assert "<p>My symptoms</p>" in draft.sections.get(kind="symptoms").body
    assert draft.sections.count() == 3


def test_deletion_is_refused_too_when_the_other_wrote_in_that_section(draft, second):
    refused = second({"sections-0-body": "<p>Their new words</p>"}, {"sections-0-DELETE": "on"})

    assert refused.status_code == 200
    assert "<p>Their new words</p>" in compared(refused)
    assert draft.sections.filter(body="<p>Their new words</p>").exists()


def test_verb_between_loading_and_saving_takes_no_words(client, editor, draft):
    client.force_login(editor)
    typed = filled(client.get(address(draft)), summary="My summary")
    actions.submit(edition=draft, by="test")

    client.post(address(draft), typed)

    draft.refresh_from_db()
    assert draft.summary == "My summary"


def test_success_is_marked_so_that_the_browser_forgets(client, editor, draft):
    client.force_login(editor)

    page = client.post(address(draft), filled(client.get(address(draft)), summary="Mine"), follow=True)

    assert 'class="saved success"' in page.text
