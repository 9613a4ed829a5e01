"""The way of a family through the steps: kept, in order, sent once, and truly said at the end."""

from datetime import timedelta

import html5lib
import pytest
from django.test import Client

from appointments.models import Draft, Request
from appointments.views import wizard
from foundation.outbox.models import Message
from foundation.privacy import limits
from foundation.privacy.fields import Sealed
from foundation.privacy.tokens import hashed
from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db

YOU = {"asker": "parent", "name": "Pat Sample", "confirm": "on"}
CHILD = {"name": "Kim Sample", "born_month": "4", "born_day": "23", "born_year": "2015"}
VISIT = {"visit": "new", "mode": "in-person", "interpreter": "no"}
CONTACT = {"phone": "212 555 0199", "how": "call", "message": "yes"}
TIMES = {"days": ["1-am"]}
WHOLE = {"you": YOU, "child": CHILD, "visit": VISIT, "contact": CONTACT, "times": TIMES}
PRIVATE = ["Pat Sample", "Kim Sample", "212 555 0199"]


@pytest.fixture(autouse=True)
def clock(time_machine):
    """A Monday morning in New York."""
    time_machine.move_to("2026-06-01 13:30Z", tick=False)
    return time_machine


def at(step, language=""):
    return f"{language}/appointments/request/{step}/"


def wrong(client, step, answers):
    """The page after answers that lead nowhere else, well-formed."""
    response = client.post(at(step), answers)
    assert response["Location"].partition("?")[0] == at(step)
    page = client.get(response["Location"])
    html5lib.HTMLParser(strict=True).parse(page.text)
    return page


def answer(client, clock=None, **steps):
    """Sends steps one after another; returns where the last one leads. With the clock, a minute passes."""
    for step, answers in steps.items():
        response = client.post(at(step), answers)
    if clock:
        clock.shift(60)
    return response


@pytest.fixture
def ready(client, clock):
    """A browser with every question answered, at the check."""
    factories.department()
    answer(client, clock, **WHOLE)
    return client


def title(response):
    return response.content.decode().partition("<title>")[2].partition(" | ")[0]


def test_steps_follow_one_another(client):
    factories.department()

    reached = [answer(client, **{step: answers})["Location"] for step, answers in WHOLE.items()]

    assert reached == [at("child"), at("visit"), at("contact"), at("times"), at("check")]


def test_sending_makes_the_request_and_forgets_the_draft(ready):
    response = ready.post(at("check"))

    assert response["Location"] == at("done")
    made = Request.objects.get()
    assert (made.asker_name, made.child_name, made.child_born, made.phone) == (
        "Pat Sample",
        "Kim Sample",
        "2015-04-23",
        "212 555 0199",
    )
    assert (made.read("contact"), made.read("wishes")["days"]) == ({"how": "call", "message": "yes"}, ["1-am"])
    assert made.site_language == "en"
    assert Draft.objects.count() == 0


def test_done_says_reference_promise_and_page_and_can_be_seen_again(ready):
    ready.post(at("check"))
    made = Request.objects.get()

    first, second = ready.get(at("done")), ready.get(at("done"))

    assert text(first) == text(second)
    assert headings(first)[0] == "We have your request"
    assert f"Your reference {made.reference}" in text(first)
    assert "We contact you by Wednesday, June 3, 2026 at 9:31 am Eastern time (New York)" in text(first)
    assert f'href="/appointments/r/{made.link}/"' in first.content.decode()
    assert "You gave no email address" in text(first)
    assert "We are sending an email" not in text(first)
    assert [word for word in PRIVATE if word in text(first)] == []


def test_done_names_the_address_that_is_written_to(client, clock):
    factories.department()
    answer(client, clock, **WHOLE | {"contact": CONTACT | {"email": "pat@example.org"}})

    client.post(at("check"))

    assert "We are sending an email to pat@example.org with the link." in text(client.get(at("done")))
    assert Message.objects.filter(kind="received", status="waiting").count() == 1


def test_sending_again_in_any_way_gives_the_same_done(ready):
    ready.post(at("check"))

    again = [ready.post(at("check")), ready.get(at("check")), ready.post(at("you"), YOU), ready.get(at("times"))]

    assert {response["Location"] for response in again} == {at("done")}
    assert Request.objects.count() == 1


def test_answers_are_kept_when_they_are_wrong(client):
    page = wrong(client, "you", YOU | {"asker": ""})

    assert title(page) == "Error: About you"
    assert "There is a problem Select who you are" in text(page)
    assert 'href="#id_asker_0"' in page.content.decode()
    assert 'value="Pat Sample"' in page.content.decode()


def test_errors_and_hints_are_tied_to_their_controls(client):
    answer(client, you=YOU)

    source = wrong(client, "child", {"name": ""}).content.decode()

    assert 'aria-describedby="id_name_helptext id_name_error"' in source
    assert '<fieldset class="question wrong" aria-describedby="id_born_helptext id_born_error">' in source
    assert 'href="#id_born_0"' in source
    assert 'id="id_born_0"' in source
    assert source.count("autofocus") == 1


@pytest.mark.parametrize("step", ["child", "visit", "contact", "times", "check", "done"])
def test_step_that_is_not_reached_leads_to_the_first(client, step):
    assert client.get(at(step))["Location"] == at("you")


def test_answers_of_a_later_step_are_kept_and_lead_to_the_open_one(client):
    factories.department()

    early = answer(client, contact=CONTACT)

    assert early["Location"] == at("you")
    assert 'value="212 555 0199"' in _contact_after(client)


def _contact_after(client):
    answer(client, you=YOU, child=CHILD, visit=VISIT)
    return client.get(at("contact")).content.decode()


def test_change_leads_back_to_the_check(ready):
    changed = answer(ready, child=CHILD | {"name": "Kim O’Sample"})

    assert changed["Location"] == at("check")
    assert "Kim O’Sample" in text(ready.get(at("check")))


def test_change_that_opens_a_question_leads_there(ready):
    assert answer(ready, you={"asker": "patient", "name": "Pat Sample"})["Location"] == at("child")


def test_check_shows_every_answer_and_what_was_skipped(ready):
    page = text(ready.get(at("check")))

    for row in [
        "Who asks I am the child’s parent",
        "Name on records Kim Sample",
        "Liked name Not provided",
        "Date of birth April 23, 2015",
        "About Something else, or not sure yet",
        "Department Not sure. Choose for us",
        "How to meet In person",
        "Interpreter No, English is fine",
        "Phone 212 555 0199",
        "Email Not provided",
    ]:
        assert row in page
    assert "State during a video visit" not in page


def test_check_asks_about_a_likely_slip_but_lets_it_pass(client, clock):
    factories.department()
    answer(client, clock, **WHOLE | {"contact": CONTACT | {"email": "pat@gmial.com"}})

    assert "Is this right? Or is it pat@gmail.com?" in text(client.get(at("check")))
    assert client.post(at("check"))["Location"] == at("done")


def test_somebody_under_18_gets_the_phone_and_nothing_is_stored(client):
    answer(client, you=YOU)

    sent = answer(client, you={"asker": "minor", "name": "Kim Sample"})
    response = client.get(sent["Location"])

    assert headings(response)[0] == "Call us, and we help you"
    assert "212 555 0142" in text(response).replace("\xa0", " ")
    assert "Kim Sample" not in response.content.decode()
    assert Draft.objects.count() == 0
    assert sent.cookies["draft"]["max-age"] == 0


def test_patient_reads_you_and_finds_the_name_filled_in(client):
    answer(client, you={"asker": "patient", "name": "Pat Sample"})

    page = client.get(at("child"))

    assert headings(page)[0] == "Your name and date of birth"
    assert "Your date of birth" in text(page)
    assert "hild’s" not in text(page)
    assert 'value="Pat Sample"' in page.content.decode()


def test_somebody_over_21_is_led_to_the_adult_service(client):
    answer(client, you=YOU)

    response = wrong(client, "child", CHILD | {"born_year": "1990"})

    assert headings(response)[0] == "Our adult service can help"
    assert client.get(at("visit"))["Location"] == at("child")


def test_state_without_license_offers_to_meet_in_person(client):
    factories.department(virtual=True, licensed_states="NY")
    answer(client, you=YOU, child=CHILD)

    away = wrong(client, "visit", VISIT | {"mode": "virtual", "state": "CA", "note": "Ours & yours"})

    assert headings(away)[0] == "A video visit is not possible there"
    assert "New York" in text(away)
    assert '<input type="hidden" name="mode" value="in-person" id="id_mode">' in away.content.decode()
    assert 'value="Ours &amp; yours"' in away.content.decode()
    assert answer(client, visit=VISIT | {"mode": "in-person", "state": "CA"})["Location"] == at("contact")


def test_draft_of_yesterday_is_said_and_what_was_typed_now_is_kept(client, clock):
    factories.department()
    answer(client, **WHOLE)
    clock.shift(timedelta(hours=25))

    lost = answer(client, contact=CONTACT | {"phone": "917 555 0123"})
    first = client.get(at("you"))

    assert lost["Location"] == at("you")
    assert "then we delete them. Yours were older, so we start anew." in text(first)
    assert "Pat Sample" not in first.content.decode()
    assert 'value="917 555 0123"' in _contact_after(client)
    assert "Yours were older" not in text(client.get(at("you")))


def test_pause_of_a_day_less_a_minute_loses_nothing(client, clock):
    factories.department()
    answer(client, **WHOLE)
    clock.shift(timedelta(hours=23, minutes=59))

    assert client.post(at("check"))["Location"] == at("done")


def test_cookie_holds_a_secret_that_is_stored_hashed(client):
    cookie = answer(client, you=YOU).cookies["draft"]

    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"], cookie["secure"]) == (True, "Lax", 86400, "")
    assert len(cookie.value) == 43
    assert Draft.objects.get().key == hashed(cookie.value)


def test_cookie_is_bound_to_the_host_where_there_is_https(client, settings):
    settings.SESSION_COOKIE_SECURE = True

    cookie = answer(client, you=YOU).cookies["__Host-draft"]

    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_answers_stand_sealed_in_the_database(client):
    answer(client, you=YOU)

    stored = Draft.objects.values_list("answers", flat=True)[0]

    assert "Pat" not in stored


def test_too_quick_is_asked_to_send_again_and_loses_nothing(client, clock):
    factories.department()
    answer(client, **WHOLE)

    quick = wrong(client, "check", {})
    clock.shift(4)

    assert headings(quick)[0] == "Send once more"
    assert client.post(at("check"))["Location"] == at("done")


def test_filled_trap_is_asked_to_send_again(ready):
    assert headings(wrong(ready, "check", {"topic": "cheap watches"}))[0] == "Send once more"
    assert Request.objects.count() == 0
    assert ready.post(at("check"))["Location"] == at("done")


def test_requests_of_many_families_behind_one_address_all_pass(clock):
    factories.department()
    answers = []
    for number in range(12):
        browser = Client()
        answer(browser, **WHOLE | {"child": CHILD | {"name": f"Child {number}"}})
        clock.shift(5)
        answers.append(browser.post(at("check")))

    assert [response.status_code for response in answers] == [302] * 12
    assert Request.objects.count() == 12


def test_three_hundred_requests_from_one_address_are_the_most_and_the_next_keeps_its_answers(ready, clock, rf):
    for _number in range(wizard.MOST):
        limits.allowed(rf.get("/"), what="appointment request", most=wizard.MOST, per=wizard.PER)

    refused = ready.post(at("check"))
    clock.shift(timedelta(hours=1))

    assert wizard.MOST >= 200
    assert refused.status_code == 429
    assert headings(refused)[0] == "That is a lot of requests"
    assert ready.post(at("check"))["Location"] == at("done")


def test_what_no_screen_shows_is_left_out(client):
    sent = {"asker": "parent", "name": "Pat\x00 \x1bSample", "confirm": "on"}

    assert client.post(at("you"), sent)["Location"] == at("child")
    assert 'value="Pat Sample"' in client.get(at("you")).content.decode()


def test_charset_that_makes_half_letters_is_survived(client):
    body = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800\r\n--b--\r\n'

    response = client.generic("POST", at("you"), body, "multipart/form-data; boundary=b; charset=unicode_escape")

    assert response["Location"] == at("you")
    assert client.get(at("you")).status_code == 200


def test_far_too_much_is_answered_kindly(client):
    big = client.post(at("you"), {"name": "x" * 3_000_000})
    many = client.post(at("you"), {f"field{number}": "" for number in range(2_001)})

    assert (big.status_code, many.status_code) == (400, 400)
    assert headings(big) == headings(many)
    assert client.post(at("you"), {f"field{number}": "" for number in range(1_001)})["Location"] == at("you")


def test_long_words_come_back_to_be_shortened(client):
    response = wrong(client, "you", YOU | {"name": "n" * 3_000})

    assert "They have 3000 now." in text(response)
    assert "n" * 3_000 in response.content.decode()


def test_spanish_way_stays_spanish(client, clock):
    factories.department()
    for step, answers in WHOLE.items():
        response = client.post(at(step, "/es"), answers)
    clock.shift(60)
    client.post(at("check", "/es"))

    assert response["Location"] == at("check", "/es")
    assert Request.objects.get().site_language == "es"


def test_pages_are_kept_by_nobody_and_found_by_no_search(ready):
    for step in [*WHOLE, "check"]:
        page = ready.get(at(step))
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "same-origin"
        assert '<meta name="robots" content="noindex">' in page.content.decode()
        assert [word for word in PRIVATE if word in title(page)] == []


def test_unknown_steps_and_methods_are_refused(client):
    assert client.get(at("nowhere")).status_code == 404
    assert client.put(at("you")).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_steps_cost_a_fixed_number_of_queries(client, clock, django_assert_num_queries, count):
    for number in range(count):
        row = factories.live(f"condition-{number}").condition
        row.departments.add(factories.department(f"department-{number}"))
    costs = {"you": (0, 3), "child": (1, 6), "visit": (5, 8), "contact": (2, 7), "times": (2, 7)}

    for step, (shown, sent) in costs.items():
        with django_assert_num_queries(shown):
            client.get(at(step))
        with django_assert_num_queries(sent):
            client.post(at(step), WHOLE[step])
    clock.shift(60)

    with django_assert_num_queries(3):
        client.get(at("check"))
    with django_assert_num_queries(25):
        client.post(at("check"))
    with django_assert_num_queries(6):
        client.get(at("done"))


def test_names_in_another_language_are_marked_wherever_they_stand(client):
    department = factories.department("bones", name="Bone Center", virtual=True, licensed_states="NY")
    factories.live("crmo").condition.departments.add(department)
    spanish = factories.live("lupus", language="es").condition
    for step in ("you", "child"):
        client.post(at(step, "/es"), WHOLE[step])

    asked = client.get(at("visit", "/es")).content.decode()
    chosen = VISIT | {"condition": "crmo", "department": "bones"}
    client.post(at("visit", "/es"), chosen)
    client.post(at("contact", "/es"), CONTACT)
    client.post(at("times", "/es"), TIMES)
    check = client.get(at("check", "/es")).content.decode()
    english = client.get(at("check")).content.decode()

    assert '<option value="crmo" lang="en">Condition crmo</option>' in asked
    assert '<option value="bones" lang="en">Bone Center</option>' in asked
    assert f'<option value="lupus">{spanish.name}</option>' in asked
    assert '<dd lang="en"><bdi>Condition crmo</bdi></dd>' in check
    assert '<dd lang="en"><bdi>Bone Center</bdi></dd>' in check
    assert "<dd><bdi>Condition crmo</bdi></dd>" in english


def test_draft_that_no_key_opens_is_begun_anew(client):
    factories.department()
    answer(client, you=YOU)
    Draft.objects.update(answers=Sealed(Draft.objects.values_list("answers", flat=True)[0][:-4] + "AAAA"))

    page, again = client.get("/appointments/"), answer(client, you=YOU)

    assert page.status_code == 200
    assert again["Location"] == at("child")


def test_request_that_no_key_opens_stops_no_other(ready):
    other = factories.request("b" * 64, child_name="Kim Sample", child_born="2015-04-23", email="", phone="212 555 0199")
    Request.objects.filter(pk=other.pk).update(child_name=Request.objects.values_list("child_born", flat=True)[0])

    assert ready.post(at("check"))["Location"] == at("done")


def test_age_from_which_patients_ask_themselves_is_the_hospitals(client, clock, settings):
    settings.AGE_OF_CONSENT = 19
    factories.department()

    first = text(client.get("/appointments/"))
    answer(client, you={"asker": "patient", "name": "Pat Sample"})
    of_18 = wrong(client, "child", CHILD | {"born_year": "2008"})

    assert "I am the patient, and I am 19 or older" in first
    assert "I am under 19, and I ask for myself" in first
    assert "You told us that you are 19 or older." in text(of_18)


def test_whoever_asks_for_a_child_of_age_reads_that_the_child_decides(client, clock):
    factories.department()
    answer(client, clock, **WHOLE | {"child": CHILD | {"born_year": "2007"}})

    assert "Your child is old enough to decide about their own care." in text(client.get(at("check")))


def test_help_is_told_in_ones_own_words(ready):
    answer(ready, visit=VISIT | {"help_needed": "Captions, and\na ramp"})

    assert "Other help Captions, and a ramp" in text(ready.get(at("check")))
    ready.post(at("check"))
    assert Request.objects.get().help_needed == "Captions, and\na ramp"


def test_nobody_is_offered_a_text_message(client):
    factories.department()
    answer(client, you=YOU, child=CHILD, visit=VISIT)

    page = text(client.get(at("contact")))

    assert "Send me an email" in page
    assert "text message" not in page
