"""The private page of a request: what it shows to whom, and what a family can do there."""

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from appointments import actions
from appointments.actions.booking import Slot
from appointments.actions.privacy import erase
from appointments.models import Draft, Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from tests import factories
from tests.clients import Client as StaffClient

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)  # Tuesday, 10 am in New York
VISIT = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
BORN = {"born_month": "4", "born_day": "3", "born_year": "2018"}
TRIES = 1_700 if "FULL" in os.environ else 6  # of somebody who guesses, in each of six hours
PERSONAL = [
    "Kim Sample",
    "Pat Sample",
    "pat@example.org",
    "212 555 0199",
    "2018",
    "Ana Example",
    "Main Campus",
    "Does it hurt?",
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def row():
    return factories.request()


@pytest.fixture
def cora(row):
    return factories.coordinator("cora", row.department)


@pytest.fixture
def where():
    factories.clinician()
    return factories.location(directions="Take the elevator to floor 3.")


def slot(where, at=VISIT, **fields):
    from directory.models import Clinician

    clinician = Clinician.objects.get(slug="ana-example")
    return Slot(
        **{
            "clinician": clinician,
            "starts_at": at,
            "ends_at": at + timedelta(minutes=45),
            "zone": "America/New_York",
            "location": where,
        }
        | fields
    )


def path(row, below=""):
    return f"/appointments/r/{row.link}/{below}"


def shown(response):
    """The words of the page's own part."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def unlock(client, row, **more):
    return client.post(path(row, "unlock/"), BORN | more)


def seen(row):
    return {"seen": Request.objects.get(pk=row.pk).version}


def carried(page):
    return dict(re.findall(r'type="hidden" name="(seen|time)" value="([^"]*)"', page.content.decode()))


def test_link_alone_shows_status_promise_and_history(client, row, cora, where):
    with time_machine.travel(datetime(2027, 3, 2, 15, 14, tzinfo=UTC), tick=False):
        actions.record_attempt(
            request=row, by=cora, channel="call", outcome="no-answer", next_try_at=datetime(2027, 3, 3, 14, 0, tzinfo=UTC)
        )
    actions.ask_question(request=row, by=cora, words="Does it hurt?")

    response = client.get(path(row))

    text = shown(response)
    assert response.status_code == 200
    assert f"Your request {row.reference}" in text
    assert "We tried to reach you. We will try again by Wednesday, March 3, 2027 at 9:00 am Eastern time (New York)." in text
    assert "We received your request. Tuesday, March 2, 10:00 am" in text
    assert "We called and could not reach you. We will try again Wednesday morning. Tuesday, March 2, 10:14 am" in text
    assert [word for word in PERSONAL if word in response.content.decode()] == []


def test_page_is_kept_by_nobody_and_named_to_nobody(client, row):
    response = client.get(path(row))

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex"
    assert "<title>Your request | " in response.content.decode()


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 20])
def test_unknown_link_is_told_how_to_go_on(client, row, token):
    response = client.get(f"/appointments/r/{token}/")

    assert response.status_code == 404
    assert response["Cache-Control"] == "no-store"
    assert "/appointments/find/" in response.content.decode()


@pytest.mark.parametrize("below", ["", "unlock/", "accept/", "other/", "withdraw/", "contact/", "words/", "calendar.ics"])
def test_reading_changes_nothing(client, row, below, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for opened in (False, True):
        if opened:
            unlock(client, row)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path(row, below))
        assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []


def test_date_of_birth_opens_the_details_for_half_an_hour(client, row):
    answer = unlock(client, row)

    cookie = client.cookies[f"unlocked-{row.pk}"]
    assert answer.status_code == 302
    assert (cookie["httponly"], cookie["max-age"], cookie["samesite"]) == (True, 1800, "Lax")
    assert "Kim Sample" in shown(client.get(path(row)))
    with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
        assert "Kim Sample" not in shown(client.get(path(row)))


def test_cookie_of_one_request_opens_no_other(client, row):
    other = factories.request("b" * 64, child_name="Lou Sample", child_born="2019-01-01")
    unlock(client, row)
    client.cookies[f"unlocked-{other.pk}"] = client.cookies[f"unlocked-{row.pk}"].value

    assert "Lou Sample" not in client.get(path(other)).content.decode()


def test_wrong_date_of_birth_is_said_kindly(client, row):
    response = unlock(client, row, born_year="2017")

    assert response.status_code == 200
    assert "Enter the date of birth that you gave us when you asked" in shown(response)
    assert "<title>Error: Your request | " in response.content.decode()
    assert f"unlocked-{row.pk}" not in client.cookies


def test_after_five_wrong_dates_an_hour_is_said_until_when_and_whom_to_call(client, row):
    for _try in range(5):
        unlock(client, row, born_year="2017")

    response = unlock(client, row)

    assert response.status_code == 429
    assert "Try again after Tuesday, March 2, 2027 at 11:00 am Eastern time (New York), or call us: 212 555 0101." in shown(
        response
    )
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert unlock(client, row).status_code == 302


def test_right_date_after_wrong_ones_opens_and_the_wrong_ones_count_no_more(client, row):
    for _round in range(3):
        statuses = [unlock(client, row, born_year="2017").status_code for _try in range(4)]

        assert (statuses, unlock(client, row).status_code) == ([200] * 4, 302)


def test_forty_families_behind_one_address_with_right_dates_all_get_in(client):
    rows = [factories.request(f"{number:064}", email=f"pat{number}@example.org") for number in range(40)]

    slips = [unlock(Client(), row, born_year="2017").status_code for row in rows]
    opened = [unlock(Client(), row).status_code for row in rows]

    assert slips == [200] * 40
    assert opened == [302] * 40


def test_one_family_may_open_its_page_as_often_as_it_likes(client, row):
    assert {unlock(Client(), row).status_code for _device in range(30)} == {302}


def test_thirty_wrong_dates_in_all_close_the_link_until_staff_make_a_new_one(client, row, cora):
    old = path(row)
    for hours in range(6):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            tries = [unlock(client, row, born_year="2017").status_code for _try in range(TRIES)]
            assert tries == [200] * 5 + [429] * (TRIES - 5)

    staff = StaffClient()
    staff.force_login(cora)
    assert "Wrong dates of birth tried on its page: 30." in staff.get(f"/admin/appointments/request/{row.pk}/change/").text
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        worn_out = unlock(client, row)
        row.refresh_from_db()
        actions.renew_link(request=row, by=cora)
        opened = unlock(client, row)

    assert worn_out.status_code == 429
    assert "this link no longer opens. Call us: 212 555 0101. We then send you a new one." in shown(worn_out)
    assert opened.status_code == 302
    assert client.get(old).status_code == 404
    assert Message.objects.filter(kind="link", object_id=row.pk).count() == 1


def test_every_try_stays_on_record(client, row):
    unlock(client, row, born_year="2017")
    unlock(client, row)

    kept = Record.objects.filter(label=row.reference).order_by("sequence").values_list("actor", "verb")
    assert list(kept)[-2:] == [
        ("somebody with the link", "gave a wrong date of birth for"),
        ("family", "opened the page of"),
    ]
    assert "2017" not in str(list(Record.objects.values_list("detail", "label")))


def test_tries_count_for_the_request_wherever_they_come_from(client, row):
    for number in range(5):
        client.post(path(row, "unlock/"), BORN | {"born_year": "2017"}, REMOTE_ADDR=f"192.0.2.{number}")

    assert client.post(path(row, "unlock/"), BORN, REMOTE_ADDR="192.0.2.99").status_code == 429


def test_offered_time_is_accepted_on_a_page_of_its_own(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where), slot(where, VISIT + timedelta(days=1))])
    first = row.times.first()
    unlock(client, row)

    page = client.get(path(row))
    confirm = client.get(path(row, "accept/"), {"time": first.pk})
    done = client.post(path(row, "accept/"), {"time": first.pk} | seen(row), follow=True)

    assert shown(page).count("Choose this time") == 2
    assert "Is this the time you want?" in shown(confirm)
    assert "Tuesday, March 9, 2027 at 10:00 am Eastern time (New York)" in shown(confirm)
    text = shown(done)
    assert "The time is yours." in text
    assert "Confirmed." in text
    assert "Take the elevator to floor 3." in text
    assert [time.status for time in row.times.all()] == ["confirmed", "released"]


def test_time_that_expired_is_said_and_cannot_be_taken(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    time = row.times.get()

    with time_machine.travel(NOW + timedelta(hours=73), tick=False):
        unlock(client, row)
        page = client.get(path(row))
        answer = client.post(path(row, "accept/"), {"time": time.pk} | seen(row))

    assert "The times we offered are no longer held for you. Ask us for other times." in shown(page)
    assert "Choose this time" not in shown(page)
    assert "This time is no longer held for you. Ask us for other times." in shown(answer)
    assert row.times.get().status == "offered"


def test_time_stays_theirs_to_take_when_staff_took_up_the_request_meanwhile(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    unlock(client, row)
    page = client.get(path(row, "accept/"), {"time": row.times.get().pk})
    actions.take(request=row, by=cora)

    told = client.post(path(row, "accept/"), carried(page))
    done = client.post(path(row, "accept/"), carried(told))

    assert "Something changed on your request meanwhile." in shown(told)
    assert "Ask for other times" not in shown(told)
    assert done["Location"] == path(row, "?done=accept")


def test_second_time_taken_in_another_tab_names_the_visit_that_they_have(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where), slot(where, VISIT + timedelta(days=1))])
    unlock(client, row)
    first, second = row.times.all()
    client.post(path(row, "accept/"), {"time": first.pk} | seen(row))

    told = client.post(path(row, "accept/"), {"time": second.pk} | seen(row))

    assert "This time is no longer held for you." in shown(told)
    assert "Is this the time you want?" not in shown(told)
    assert "You have this visit, and it stands: Tuesday, March 9, 2027 at 10:00 am" in shown(told)


def test_time_of_another_family_cannot_be_taken(client, row, cora, where):
    other = factories.request("b" * 64, child_name="Lou Sample", email="lou@example.org", phone="646 555 0111")
    actions.offer(request=other, by=cora, slots=[slot(where)])
    unlock(client, row)

    client.post(path(row, "accept/"), {"time": other.times.get().pk} | seen(row))

    assert other.times.get().status == "offered"


def test_stale_page_is_told_and_typed_words_stay(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    old = seen(row)
    actions.offer(request=row, by=cora, slots=[slot(where, VISIT + timedelta(days=1))])
    unlock(client, row)

    response = client.post(path(row, "other/"), {"words": "Mondays, please"} | old)

    assert "Something changed on your request meanwhile." in shown(response)
    assert "cora" not in shown(response)
    assert ">\nMondays, please</textarea>" in response.content.decode()
    assert Request.objects.get().status == "offered"
    again = client.post(path(row, "other/"), {"words": "Mondays, please"} | seen(row))
    assert again.status_code == 302
    assert row.notes.get().words == "Mondays, please"


def test_other_times_go_back_to_the_coordinators(client, row, cora, where):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    unlock(client, row)

    page = client.post(path(row, "other/"), {"words": "Any Monday"} | seen(row), follow=True)

    assert "We have your answer, and look for other times." in shown(page)
    assert "We will contact you by Thursday, March 4, 2027 at 10:00 am Eastern time (New York)." in shown(page)
    assert "You wrote: Any Monday" in shown(page)


def test_family_withdraws_on_a_page_of_its_own(client, row):
    unlock(client, row)

    ask = client.get(path(row, "withdraw/"))
    page = client.post(path(row, "withdraw/"), {"words": "It is better"} | seen(row), follow=True)

    assert "Withdraw your request" in shown(ask)
    assert "Your request is withdrawn." in shown(page)
    assert "You withdrew this request." in shown(page)
    assert "Ask for a new appointment" in shown(page)
    assert client.get(path(row, "withdraw/")).status_code == 302


def test_question_is_answered(client, row, cora):
    actions.ask_question(request=row, by=cora, words="Does it hurt?")
    actions.write_note(request=row, by=cora, words="Mother sounded tired")
    unlock(client, row)

    before = shown(client.get(path(row)))
    empty = client.post(path(row, "words/"), {"words": " "} | seen(row))
    page = shown(client.post(path(row, "words/"), {"words": "Only\nat night"} | seen(row), follow=True))

    assert "We asked: Does it hurt?" in before
    assert "Answer" in before
    assert "Enter what you want to tell us" in shown(empty)
    assert "You wrote: Only at night" in page
    assert "tired" not in before + page


def test_contact_details_are_changed(client, row):
    unlock(client, row)
    form = {"phone": "646 555 0111", "email": "new@example.org", "how": "email", "message": ""}

    page = client.post(path(row, "contact/"), form | seen(row), follow=True)

    assert "Your contact details are changed." in shown(page)
    assert "646 555 0111" in shown(page)
    row.refresh_from_db()
    assert (row.email, row.phone, row.read("contact")["how"]) == ("new@example.org", "646 555 0111", "email")


def test_of_two_who_change_the_contact_the_second_is_told_and_keeps_the_words(client, row):
    unlock(client, row)

    def opened(page):
        return {
            "before": re.search(r'name="before" value="(\w+)"', page.text)[1],
            "how": "email",
            "phone": "",
            "message": "no",
        }

    form = opened(client.get(path(row, "contact/")))
    client.post(path(row, "contact/"), form | {"email": "mother@example.org"} | seen(row))
    told = client.post(path(row, "contact/"), form | {"email": "father@example.org"} | seen(row))
    row.refresh_from_db()
    kept = row.email

    again = client.post(path(row, "contact/"), opened(told) | {"email": "father@example.org"} | seen(row), follow=True)

    row.refresh_from_db()
    assert "We have now: mother@example.org, Send me an email, Leave a message? No, do not leave a message." in shown(told)
    assert 'value="father@example.org"' in told.text
    assert (kept, row.email) == ("mother@example.org", "father@example.org")
    assert "Your contact details are changed." in shown(again)


def test_contact_page_shows_what_we_have(client, row):
    unlock(client, row)

    source = client.get(path(row, "contact/")).content.decode()

    assert 'value="pat@example.org"' in source
    assert 'value="212 555 0199"' in source
    assert "%(phone)s" not in source


def test_words_typed_before_the_page_was_locked_again_are_carried_on(client, row):
    locked = client.post(path(row, "words/"), {"words": "A long\nstory"} | seen(row))
    opened = unlock(client, row, then="words", words="A long\nstory")
    sent = client.post(path(row, "words/"), {"words": "A long\nstory"} | seen(row))

    assert "What you typed is kept, and nothing was sent yet." in shown(locked)
    assert 'name="words" value="A long\nstory"' in locked.content.decode()
    assert 'name="then" value="words"' in locked.content.decode()
    assert ">\nA long\nstory</textarea>" in opened.content.decode()
    assert sent.status_code == 302
    assert row.notes.get().words == "A long\nstory"


def test_wrong_date_of_birth_keeps_what_is_carried(client, row):
    response = unlock(client, row, born_year="2017", then="words", words="Kept")

    assert 'name="words" value="Kept"' in response.content.decode()


@pytest.mark.parametrize("below", ["accept/", "other/", "withdraw/", "contact/", "words/", "calendar.ics"])
def test_nothing_can_be_done_without_the_date_of_birth(client, row, cora, where, below):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    before = Request.objects.values().get()

    client.post(
        path(row, below), {"time": row.times.get().pk, "words": "x", "email": "e@example.org", "how": "email"} | seen(row)
    )
    answer = client.get(path(row, below))

    assert (answer.status_code, answer["Location"]) == (302, path(row))
    assert Request.objects.values().get() == before
    assert row.notes.count() == 0


def test_act_without_csrf_token_is_refused(row):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)

    assert strict.post(path(row, "unlock/"), BORN).status_code == 403


def test_confirmed_visit_shows_place_way_and_what_to_bring(client, row, cora, where):
    row.department.what_to_bring = "Pictures on a disc\nList of medicines"
    row.department.save()
    actions.confirm_by_phone(request=row, by=cora, slot=slot(where))
    locked = client.get(path(row)).content.decode()
    unlock(client, row)

    text = shown(client.get(path(row)))

    assert "March 9" not in locked
    assert "When Tuesday, March 9, 2027 at 10:00 am Eastern time (New York) About 45 minutes" in text
    assert "Where Main Campus, 1 Sample Street, New York, NY 10001 With Ana Example, MD" in text
    assert "What to bring Pictures on a disc List of medicines" in text


def test_video_link_is_shown_to_the_family_alone(client, row, cora, where):
    actions.confirm_by_phone(request=row, by=cora, slot=slot(where, location=None, video_link="https://video.example.org/r/1"))
    locked = client.get(path(row)).content.decode()
    unlock(client, row)

    source = client.get(path(row)).content.decode()

    assert "video.example.org" not in locked
    assert '<a href="https://video.example.org/r/1" rel="noreferrer">' in source


def test_closed_request_says_why_and_how_to_ask_again(client, row, cora):
    actions.close(request=row, by=cora, reason="elsewhere", words="Another clinic is closer to you.")
    locked = shown(client.get(path(row)))
    unlock(client, row)

    opened = shown(client.get(path(row)))

    assert "We closed this request. If your child still needs a visit, call us or ask for a new appointment." in locked
    assert "closer" not in locked
    assert "Why it was closed Another clinic is closer to you." in opened
    assert "Ask for a new appointment" in opened


def test_merged_request_says_nothing_of_the_other(client, row, cora):
    other = factories.request("b" * 64)
    before = Message.objects.filter(object_id=other.pk).count()
    actions.merge(request=row, by=cora, into=other, words="You asked twice, you said on the phone.")

    locked = client.get(path(row))
    unlock(client, row)
    opened = client.get(path(row))

    assert "Closed. We closed this request. If your child still needs a visit" in shown(locked)
    assert "If you sent us another request, it stays as it is." in shown(locked)
    assert "You asked twice, you said on the phone." in shown(opened)
    assert [word for word in (other.reference, other.link, "part of", "merged") if word in (locked.text + opened.text)] == []
    assert Message.objects.filter(object_id=other.pk).count() == before
    other.refresh_from_db()
    assert (other.email, other.phone, other.version) == ("pat@example.org", "212 555 0199", 0)


def test_erased_request_has_nothing_to_open(client, row):
    link = path(row)
    Request.objects.update(status="closed", ended="us", closing_reason="other", closed_at=NOW, erased_at=NOW)
    Request.objects.update(**Request.emptied())

    page = client.get(link)
    answer = client.post(link + "unlock/", BORN)

    assert "was erased" in shown(page)
    assert 'name="born_month"' not in page.content.decode()
    assert answer.status_code == 302
    assert not client.cookies


def test_too_many_acts_are_held_back_without_losing_words(client, row):
    unlock(client, row)
    for number in range(20):
        client.post(path(row, "words/"), {"words": f"Line {number}"} | seen(row))

    response = client.post(path(row, "words/"), {"words": "One more"} | seen(row))

    assert response.status_code == 429
    assert "One more" in response.content.decode()
    assert row.notes.count() == 20


def test_page_costs_the_same_however_much_happened(client, row, cora, where, django_assert_num_queries):
    actions.offer(request=row, by=cora, slots=[slot(where)])
    actions.add_words(request=row, words="One")
    unlock(client, row)
    with django_assert_num_queries(10):
        client.get(path(row))
    for number in range(3):
        actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer")
        actions.add_words(request=row, words=f"Word {number}")
    actions.offer(request=row, by=cora, slots=[slot(where, VISIT + timedelta(days=day)) for day in range(3)])

    with django_assert_num_queries(10):
        client.get(path(row))


def test_opened_page_shows_everything_that_the_family_told_us(client):

    wishes = {"days": ["1-am"], "earliest": "2027-04-01", "avoid": "Wednesdays", "preferred": ["After school"]}
    told = {"help_needed": "Large print", "note": "Left knee", "referring_doctor": "Dr. Sample", "child_liked_name": "Kimmy"}
    contact = json.dumps({"how": "call", "message": "no"})
    row = factories.request(wishes=json.dumps(wishes), contact=contact, interpreter="asl", **told)
    unlock(client, row)

    text = shown(client.get(path(row)))

    for words in (*told.values(), "Kim Sample", "April 3, 2018", "Call me", "No, do not leave a message", "Wednesdays"):
        assert words in text
    assert "Days and times Monday morning Earliest day Thursday, April 1, 2027" in text
    assert "Times you like best After school" in text
    assert "Yes, American Sign Language (ASL)" in text


def test_page_speaks_spanish(client, row):
    response = client.get("/es" + path(row))

    assert response.status_code == 200
    assert 'lang="es"' in response.content.decode()


def test_change_of_contact_writes_to_the_new_address_and_to_the_one_we_leave(client, row):
    unlock(client, row)
    client.post(path(row, "contact/"), {"phone": "", "email": "new@example.org", "how": "email"} | seen(row))

    assert sorted(Message.objects.exclude(kind="received").values_list("kind", flat=True)) == ["contact", "left"]


@pytest.mark.parametrize(
    ("column", "below"),
    [("child_born", "unlock/"), ("email", ""), ("phone", ""), ("closing_words", ""), ("contact", "contact/")],
)
def test_page_of_which_a_part_cannot_be_read_gives_the_phone(client, row, caplog, column, below):
    unlock(client, row)
    garble(row, column)

    response = client.post(path(row, below), BORN) if below == "unlock/" else client.get(path(row, below))

    assert response.status_code == 503
    assert "We cannot open this page right now" in shown(response)
    assert "Call 212 555 0101" in shown(response)
    assert response["Referrer-Policy"] == "strict-origin"
    assert f"the private page of request {row.pk} cannot be opened: appointments_request.{column}." in caplog.text
    told = response.content.decode() + caplog.text
    assert [word for word in [*PERSONAL, "Somebody else"] if word in told] == []


def test_page_that_cannot_be_opened_says_so_in_spanish(client, row):
    garble(row, "child_born")

    response = client.post("/es" + path(row, "unlock/"), BORN)

    assert "En este momento no podemos abrir esta página" in shown(response)


def garble(row, column):
    """What stands in the column is another row's: no key opens it here."""
    other = factories.request("c" * 64, closing_words="Somebody else", email="lou@example.org", phone="646 555 0111")
    Request.objects.filter(pk=row.pk).update(**{column: Request.objects.filter(pk=other.pk).values_list(column, flat=True)[0]})


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("name", ["", "other/", "words/", "contact/", "withdraw/"])
def test_pages_of_a_patient_of_18_say_you_and_not_your_child(client, where, name, language):
    row = factories.request("c" * 64, asker="patient", child_born="2005-04-03")
    unlock(client, row, born_year="2005")
    actions.confirm_by_phone(request=row, by=factories.administrator("boss"), slot=slot(where))

    pages = [client.get(language + path(row, name)), client.post(language + path(row, name), {}, follow=True)]

    assert "212 555 0199" in pages[0].text or name in {"other/", "words/", "withdraw/"}
    assert not re.search("your child|the child|su hijo|hijo o hija", "".join(shown(page) for page in pages), re.IGNORECASE)


def test_words_stay_when_a_page_is_left_by_another_language_or_back_until_they_are_sent(client, row):
    unlock(client, row)
    there = "/es" + path(row, "words/")

    left = client.post(path(row, "words/"), {"words": "Half a\nsentence", "leave": there} | seen(row))
    unsent = client.get(path(row)).text
    again = [client.get(path(row, "words/")).text, client.get(there).text]
    client.post(path(row, "words/"), {"words": "Half a\nsentence, and the rest", "once": "1"} | seen(row))
    after = client.get(path(row, "words/")).text

    assert (left.status_code, left["Location"]) == (302, there)
    assert [text.count("Half a\nsentence</textarea>") for text in again] == [1, 1]
    assert "Half a" not in unsent + after
    assert [note.words for note in row.notes.all()] == ["Half a\nsentence, and the rest"]


def test_kept_words_open_with_the_page_alone_and_leave_with_the_request(client, row, cora):
    unlock(client, row)
    client.post(path(row, "words/"), {"words": "Half a sentence", "leave": "https://evil.example.org/"} | seen(row))

    stranger = Client().get(path(row, "words/"))
    actions.close(request=row, by=cora, reason="other", words="Done.")
    row.refresh_from_db()
    before = Draft.objects.filter(key=row.page_draft_key).count()
    erase(row, by="purge", reason="retention")

    assert stranger.status_code == 302
    assert (before, Draft.objects.count()) == (1, 0)
