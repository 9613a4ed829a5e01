"""Leaving a step by another way than “Continue”: what was typed is kept, unjudged, and found again. Errors come in one round."""

import re

import pytest
from django.test import Client

from appointments.forms import Visit
from appointments.models import Draft
from tests import factories
from tests.reading import text

pytestmark = pytest.mark.django_db

YOU = {"asker": "parent", "name": "Pat Sample", "confirm": "on"}
CHILD = {"name": "Kim Sample", "born_month": "4", "born_day": "23", "born_year": "2015"}
VISIT = {"visit": "new", "mode": "in-person", "interpreter": "no"}
CONTACT = {"phone": "212 555 0199", "how": "call", "message": "yes"}
TIMES = {"days": ["1-am"]}
PARTS = {  # one answer that is not enough, and how the page shows it again
    "you": ({"name": "Pat Sam"}, 'value="Pat Sam"'),
    "child": ({"born_month": "April", "liked_name": "Kimmy"}, 'value="Kimmy"'),
    "visit": ({"note": "Since May\nthe knee", "mode": "virtual"}, ">\nSince May\nthe knee</textarea>"),
    "contact": ({"email": "pat@"}, 'value="pat@"'),
    "times": ({"days": ["1-am"], "avoid": "Fridays"}, 'value="Fridays"'),
}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to("2026-06-01 13:30Z", tick=False)
    return time_machine


@pytest.fixture
def client():
    factories.department(virtual=True, licensed_states="NY, NJ")
    return Client()


def at(step, language=""):
    return f"{language}/appointments/request/{step}/"


def reach(client, step):
    for name, answers in {"you": YOU, "child": CHILD, "visit": VISIT, "contact": CONTACT, "times": TIMES}.items():
        if name == step:
            break
        client.post(at(name), answers)


@pytest.mark.parametrize("step", PARTS)
def test_words_are_kept_by_every_button_of_the_step(client, step):
    reach(client, step)
    typed, shown = PARTS[step]
    page = client.get(at(step)).content.decode()
    ways = re.findall(r'<button class="plain" form="questions" name="leave" value="([^"]+)"', page)
    assert len(ways) == 2  # Spanish and Back

    for way in ways:
        answer = client.post(at(step), typed | {"leave": way})
        back = client.get(at(step))

        assert answer["Location"] == way
        assert shown in back.content.decode()
        assert "There is a problem" not in text(back)
        assert 'value="April"' in back.content.decode() or step != "child"


def test_other_language_shows_the_words_at_once(client):
    answer = client.post(at("you"), PARTS["you"][0] | {"leave": at("you", "/es")}, follow=True)

    assert 'value="Pat Sam"' in answer.content.decode()
    assert 'lang="es"' in answer.content.decode()


@pytest.mark.parametrize("step", PARTS)
def test_page_that_is_left_by_itself_hands_over_what_it_holds(client, step):
    reach(client, step)

    answer = client.post(at(step), PARTS[step][0] | {"leave": ""})

    assert (answer.status_code, answer.content) == (204, b"")
    assert PARTS[step][1] in client.get(at(step)).content.decode()


def test_what_is_continued_afterwards_is_judged_as_ever(client):
    client.post(at("you"), {"name": "Pat", "leave": ""})

    again = client.post(at("you"), {"name": "Pat"}, follow=True)

    assert "There is a problem Select who you are" in text(again)


def test_leaving_a_step_whose_answers_hold_changes_nothing(client):
    reach(client, "visit")

    client.post(at("child"), CHILD | {"leave": at("you")})

    assert client.get(at("visit")).status_code == 200


def test_change_that_was_not_continued_is_found_at_its_step(client):
    reach(client, "check")

    client.post(at("child"), CHILD | {"name": "", "leave": at("you")})

    assert client.get(at("check"))["Location"] == at("child")
    page = text(client.get(at("child")))
    assert "There is a problem" not in page


@pytest.mark.parametrize(
    "address", ["https://evil.example.org/", "//evil.example.org/", "/\\evil.example.org", "javascript:1"]
)
def test_leaving_leads_nowhere_else(client, address):
    answer = client.post(at("you"), {"name": "Pat", "leave": address})

    assert (answer.status_code, answer.headers.get("Location")) == (204, None)


def test_nothing_of_somebody_under_18_is_kept_on_leaving(client):
    client.post(at("you"), {"asker": "minor", "name": "Kid", "leave": ""})

    assert Draft.objects.count() == 0
    assert "Kid" not in client.get(at("you")).content.decode()


def test_page_that_is_left_after_sending_begins_nothing_new(client, clock):
    reach(client, "check")
    clock.shift(60)
    client.post(at("check"))

    client.post(at("you"), {"name": "Late", "leave": ""})

    assert Draft.objects.count() == 0
    assert "We have your request" in text(client.get(at("done")))


def test_enter_continues_and_does_not_leave(client):
    """A browser presses the first button of a form when somebody presses Enter."""
    page = client.get(at("you")).content.decode()
    buttons = re.findall(r"<button[^>]*form=\"questions\"[^>]*>", page)

    assert "name=" not in buttons[0]


@pytest.mark.parametrize("address", ["/appointments/", "/", "/appointments/find/"])
def test_pages_without_questions_keep_their_language_links(client, address):
    page = client.get(address).content.decode()

    assert re.search(r'<a href="/es/[^"]*" lang="es" hreflang="es">', page)
    assert 'name="leave"' not in page


# --- errors -----------------------------------------------------------------------------------------------------------


def wrong(client, step, answers):
    return client.post(at(step), answers, follow=True)


def test_state_without_a_license_stands_with_the_other_errors_at_its_own_field(client):
    reach(client, "visit")

    page = wrong(client, "visit", {"mode": "virtual", "state": "CA", "interpreter": "spoken"})

    told = "A video visit is not possible there. It is possible in: New Jersey, New York."
    assert "There is a problem Select the kind of visit" in text(page)
    assert "Enter the language you speak" in text(page)
    assert re.search(rf'<a href="#id_state">{re.escape(told)}', page.content.decode())


def test_state_alone_leads_to_what_can_be_done_and_back_to_what_is_possible(client):
    reach(client, "visit")

    away = wrong(client, "visit", VISIT | {"mode": "virtual", "state": "CA"})
    back = client.get(at("visit"))

    assert "A video visit is not possible there" in text(away)
    assert "It is possible in: New Jersey, New York. Select one of these, or “In person”, or call us:" in text(back)
    assert "another way" not in text(back)


def test_department_that_has_no_video_says_so(client):
    factories.department("bones", virtual=False)
    form = Visit({"mode": ["virtual"], "state": ["NY"], "visit": ["new"], "interpreter": ["no"], "department": ["bones"]})

    assert next(str(words) for words in form.errors["state"]).startswith(
        "A video visit is not possible with this department. Select “In person”, or call us:"
    )


@pytest.mark.parametrize(
    "address", ["/appointments/request/you/", "/appointments/find/", "/appointments/", "/search/", "/conditions/"]
)
def test_every_form_names_its_address(client, address):
    page = client.get(address).content.decode()

    assert re.findall(r"<form(?![^>]*\saction=\"/)[^>]*>", page) == []
