"""Who may do what with a text, and in which state of it: each act is really done, as each role, in each state.

That every other role is refused at each of these addresses is held by `test_portal_roles.py`.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import get_resolver
from django.utils import timezone

from conditions import actions
from conditions.models import Edition
from directory.models import Clinician
from tests import factories
from tests.admin_forms import TICKED
from tests.clients import AtTheView, Client
from tests.test_appointments_access import routes

NEXT_YEAR = timezone.now() + timedelta(days=400)
STATES = ["draft", "submitted", "signed", "scheduled", "live", "withdrawn"]
# For each state in this order whether the act is done: yes or a point.
ACTS = {  # act: (what is sent; None for looking), the editor, the clinical reviewer, the superuser
    "change": ({}, "yes yes yes . . .", ". . . . . .", "yes yes yes . . ."),
    "working-copy": (
        {"name": "abcdefgh", "number": 1, "place": "summary", "typed": "Words"},
        "yes yes yes . . .",
        ". . . . . .",
        "yes yes yes . . .",
    ),
    "delete": ({"post": "yes"}, "yes yes yes . . .", ". . . . . .", "yes yes yes . . ."),
    "coach": ({}, "yes yes yes . . .", "yes yes yes . . .", "yes yes yes . . ."),
    "reader": (None, *["yes yes yes . . ."] * 3),
    "presence": ({}, "yes yes yes . . .", "yes yes yes . . .", "yes yes yes . . ."),
    "preview": (None, *["yes yes yes yes yes yes"] * 3),
    "compare": (None, *["yes yes yes yes yes yes"] * 3),
    "history": (None, *["yes yes yes yes yes yes"] * 3),
    "share": ({"for_whom": "A nurse", "days": 7}, "yes yes yes . . .", ". . . . . .", "yes yes yes . . ."),
    "comment": ({"words": "Shorter"}, "yes yes yes . . .", "yes yes yes . . .", "yes yes yes . . ."),
    "submit": ({}, "yes . . . . .", ". . . . . .", "yes . . . . ."),
    "send-back": ({"reason": "Shorter"}, ". yes yes . . .", ". yes yes . . .", ". yes yes . . ."),
    "sign-off": ("digest", ". . . . . .", ". yes . . . .", ". yes yes . . ."),
    "approve-ahead": ({"publish_at": ""}, ". yes yes . . .", ". . . . . .", ". yes yes . . ."),
    "take-back-approval": ({}, *[". . . . . ."] * 3),  # of one's own: tests/test_conditions_life.py
    "approve": ({"next_review_due": f"{NEXT_YEAR:%Y-%m-%d}"}, ". . yes . . .", ". . . . . .", ". . yes . . ."),
    "reschedule": ({"publish_at": ""}, ". . . yes . .", ". . . . . .", ". . . yes . ."),
    "withdraw": ({"reason": "A wrong dose"}, ". . . . yes .", ". . . . . .", ". . . . yes ."),
    "restore": ({}, ". . . yes yes yes", ". . . . . .", ". . . yes yes yes"),  # a copy as a new draft
}


def editor():
    return _of("editor")


def reviewer():
    user = _of("clinical reviewer")
    factories.clinician(slug="rhea-sample", name="Rhea Sample", user=user)
    return user


def superuser():
    user = factories.administrator()
    factories.clinician(slug="sue-sample", name="Sue Sample", user=user)
    return user


def _of(group):
    user = factories.staff(group.replace(" ", "-"))
    user.groups.set(Group.objects.filter(name=group))
    return user


ROLES = [editor, reviewer, superuser]


@pytest.fixture(scope="module")
def cast(module_db):
    clients = []
    for make in ROLES:
        clients.append(Client())
        clients[-1].force_login(make())
    return clients


@pytest.fixture(scope="module")
def texts(cast):
    """One in each state; the signature is that of the reviewer."""
    rhea = Clinician.objects.get(slug="rhea-sample")
    made = [factories.draft(factories.condition(f"page-{state}")) for state in STATES]
    for edition in made[1:]:
        actions.submit(edition=edition, by="test")
    for edition in made[2:]:
        actions.sign_off(edition=edition, reviewer=rhea, by="test")
    for edition, moment in zip(made[3:], (NEXT_YEAR, factories.LONG_AGO, factories.LONG_AGO), strict=True):
        actions.approve(edition=edition, by="test", publish_at=moment, next_review_due=NEXT_YEAR.date())
    actions.withdraw(edition=made[5], by="test", reason="A wrong dose")
    return [edition.pk for edition in made]


def is_done(client, act, edition, sent):
    """Whether it was done, or what was asked for is shown; a form that comes back with a refusal is not."""
    address = f"/admin/preview/{edition.pk}/" if act == "preview" else f"/admin/conditions/edition/{edition.pk}/{act}/"
    with transaction.atomic():
        answer = client.get(address) if sent is None else client.post(address, sent)
        transaction.set_rollback(True)
    assert answer.status_code in {200, 302, 403, 404}
    if act == "share":
        return answer.status_code == 200 and "address" in answer.context
    shown = act in {"change", "coach", "presence", "working-copy", "preview", "compare", "history", "reader"}
    return answer.status_code == (200 if shown else 302)


@pytest.mark.parametrize("act", ACTS)
def test_act_is_done_by_whom_and_in_which_state_the_table_says(db, cast, texts, act):
    sent, *expected = ACTS[act]
    found = []
    for number, client in enumerate(cast):
        whole_way, cells = act == "share" or number == 0, []  # what "share" made is known by its page
        asks = client.again() if whole_way else AtTheView(client)
        for pk in texts:
            edition = Edition.objects.get(pk=pk)
            data = {"digest": edition.digest()} | TICKED if sent == "digest" else sent
            cells.append("yes" if is_done(asks, act, edition, data) else ".")
        found.append(" ".join(cells))

    assert found == expected


def test_every_act_on_a_text_has_a_row():
    """But those that need more than a text: a comment to answer, a link to revoke, a translation that follows."""
    start = "admin/conditions/edition/"
    here = {route.rstrip("/").rpartition("/")[2] for route in routes(get_resolver()) if route.startswith(f"{start}<")}

    assert here - {"<path:object_id>", "answer", "follow", "revoke"} | {"preview"} == set(ACTS)


def test_a_right_to_a_verb_opens_no_text_that_one_may_not_see(db, client):
    edition = factories.draft()
    client.force_login(factories.staff("sy", "sign_off_edition"))

    assert client.get(f"/admin/conditions/edition/{edition.pk}/sign-off/").status_code == 403
