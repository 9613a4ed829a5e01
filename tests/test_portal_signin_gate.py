"""Sessions end by idleness and by age; what weighs most asks once more who one is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.urls import reverse

from appointments.models import Request
from portal.staff.invitations import renew
from portal.staff.models import Invitation
from portal.staff.session_gate import SEEN
from tests import factories

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AGAIN = reverse("account_reauthenticate")
PASSWORD = "a long enough password"
LATER = timedelta(minutes=6)


def at(minutes):
    return time_machine.travel(NOON + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def ada(client, db):
    """Signed in at noon."""
    with at(0):
        user = factories.administrator()
        client.force_login(user)
    return user


# --- how long ---------------------------------------------------------------------------------------------------------


def test_fifteen_minutes_without_a_page_end_a_session_and_lead_back(client, ada):
    with at(14):
        still = client.get("/admin/stay/").status_code
    with at(30):
        over = client.get("/admin/news/newsitem/?q=a")

    assert still == 200
    assert over.url == "/accounts/login/?next=%2Fadmin%2Fnews%2Fnewsitem%2F%3Fq%3Da"


def test_a_busy_session_ends_after_twelve_hours(client, ada):
    answers = []
    for minutes in range(10, 12 * 60 + 20, 10):
        with at(minutes):
            answers.append(client.get("/admin/stay/").status_code)

    assert answers == [200] * 71 + [302] * 2


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client, ada):
    for minutes in (5, 10, 14):
        with at(minutes):
            client.get("/admin/conditions/edition/1/presence/")
    with at(15.1):
        assert client.get("/admin/stay/").status_code == 302


def test_a_session_is_written_at_most_once_a_minute(client, ada, django_assert_num_queries):
    with at(0.9):
        client.get("/admin/stay/")
        first = client.session[SEEN]
    with at(1.1):
        client.get("/admin/stay/")
        second = client.session[SEEN]

    assert second - first == pytest.approx(66)
    with at(1.2), django_assert_num_queries(2):  # the session, the user
        client.get("/admin/stay/")


def test_what_is_sent_after_the_end_leads_back_to_its_form(client, ada):
    page = "/admin/news/newsitem/1/change/"
    with at(20):
        sent = client.post(page, {"title": "Words"})
        verb = client.post("/admin/appointments/request/1/copy/", headers={"Referer": f"http://testserver{page}"})
        foreign = client.post("/admin/appointments/request/1/copy/", headers={"Referer": "https://evil.example/admin/"})

    assert [answer.url for answer in (sent, verb)] == [f"/accounts/login/?next={page.replace('/', '%2F')}"] * 2
    assert foreign.url == "/accounts/login/?next=%2Fadmin%2Fappointments%2Frequest%2F1%2Fcopy%2F"


def test_pages_know_when_the_session_ends(client, ada):
    with at(0):
        page, left = client.get("/admin/auth/group/"), json.loads(client.get("/admin/stay/").content)
    for minutes in range(10, 12 * 60, 10):
        with at(minutes):
            last = json.loads(client.get("/admin/stay/").content)

    assert 'data-seconds="900"' in page.text
    assert (left, last) == ({"seconds": 900}, {"seconds": 600})


# --- once more --------------------------------------------------------------------------------------------------------


def forms(user):
    group = Group.objects.get(name="editor")
    other = User.objects.exclude(pk=user.pk).first() or factories.staff("other")  # nobody deletes themselves
    return {
        "change a person": reverse("admin:auth_user_change", args=[user.pk]),
        "add a person": reverse("admin:auth_user_add"),
        "delete a person": reverse("admin:auth_user_delete", args=[other.pk]),
        "reset a sign-in": reverse("admin:auth_user_renew", args=[other.pk]),
        "record that somebody leaves": reverse("admin:auth_user_leave", args=[other.pk]),
        "show a link": reverse(
            "admin:staff_invitation_link", args=[(Invitation.objects.first() or renew(account=other, by="test")).pk]
        ),
        "change a role": reverse("admin:auth_group_change", args=[group.pk]),
        "add a role": reverse("admin:auth_group_add"),
        "delete a role": reverse("admin:auth_group_delete", args=[group.pk]),
        "one's own password": reverse("admin:password_change"),
    }


def test_weighty_forms_ask_before_they_are_shown_and_before_they_act(client, ada):
    for minutes, expected in ((4, 200), (6, 302)):
        with at(minutes):
            answers = {name: client.get(page) for name, page in forms(ada).items()}
            assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, expected)
    assert {answer.url.partition("?")[0] for answer in answers.values()} == {AGAIN}
    with at(6):
        sent = {client.post(page, {"post": "yes"}).url.partition("?")[0] for page in forms(ada).values()}

    assert sent == {AGAIN}
    assert (User.objects.count(), Group.objects.filter(name="editor").count()) == (2, 1)


def test_a_proof_leads_to_the_form_and_counts_for_five_minutes(client, ada):
    page = forms(ada)["change a role"]
    with at(6):
        asked = client.get(page)
        before = client.session.session_key
        back = client.post(AGAIN, {"password": PASSWORD, "next": page})
        keys = {*UserSession.objects.values_list("session_key", flat=True)}
        shown = client.get(page).status_code
    with at(10):
        still = client.get(page).status_code
    with at(12):
        over = client.get(page).status_code

    assert asked.url == f"{AGAIN}?next={page.replace('/', '%2F')}"
    assert (back.url, shown, still, over) == (page, 200, 200, 302)
    assert keys == {client.session.session_key} != {before}
    assert not client.session.exists(before)


def test_what_was_sent_too_late_is_done_after_the_proof(client, ada):
    page = forms(ada)["change a role"] + "?_changelist_filters=q"
    with at(6):
        asked = client.post(page, {"name": "editors of ours", "permissions": []})
        done = client.post(asked.url, {"password": PASSWORD, "next": asked.url.partition("=")[2].replace("%2F", "/")})

    assert done.status_code == 302
    assert Group.objects.filter(name="editors of ours").exists()


def test_what_is_taken_up_again_and_refused_is_shown_with_its_own_address(client, ada):
    page = forms(ada)["change a role"]
    with at(6):
        client.post(page, {"name": "", "permissions": []})
        shown = client.post(AGAIN, {"password": PASSWORD, "next": page})

    assert f'action="{page}"' in shown.text


def test_a_typed_password_is_not_kept_meanwhile(client, ada):
    page = forms(ada)["one's own password"]
    with at(6):
        client.post(page, {"old_password": PASSWORD, "new_password1": "a secret of mine", "new_password2": "a secret of mine"})
        kept = json.dumps(dict(client.session.items()))
        back = client.post(AGAIN, {"password": PASSWORD, "next": page})

    assert "a secret of mine" not in kept
    assert back.url == page


def test_exports_ask_and_then_hand_over_the_file(client, ada):
    row = factories.request()
    copy = reverse("admin:appointments_request_copy", args=[row.pk])
    queue = reverse("admin:appointments_request_changelist")
    with at(6):
        asked = [
            client.post(queue, {"action": "export_selected", "_selected_action": [row.pk]}),
            client.post(copy),
        ]
        file = client.post(AGAIN, {"password": PASSWORD, "next": copy})
        table = client.post(queue, {"action": "export_selected", "_selected_action": [row.pk]})

    assert [answer.url.partition("?")[0] for answer in asked] == [AGAIN, AGAIN]
    assert "attachment" in file["Content-Disposition"]
    assert table["Content-Type"].startswith("text/csv")
    assert Request.objects.get().status == "received"


def test_other_work_asks_nothing(client, ada):
    with at(6):
        assert client.get("/admin/news/newsitem/add/").status_code == 200
        assert client.get("/admin/auth/user/").status_code == 200
