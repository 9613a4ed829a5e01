"""A legal hold: nothing of its request is erased, by nobody, until it ends; privacy officers alone place and lift it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from appointments import actions
from appointments.actions.privacy import Reason, erase, lift_hold, place_hold
from appointments.models import LegalHold, Request
from foundation.workflow import Refused
from tests import factories

TODAY = timezone.localdate()


@pytest.fixture
def officer(db):
    return factories.staff("olga", "view_request", "see_all_requests", "erase_request")


@pytest.fixture
def case(db):
    """Closed a hundred days ago."""
    row = factories.request(child_name="Kim Canary")
    cora = factories.coordinator("cora", row.department)
    actions.close(request=row, by=cora, reason="elsewhere", words="canary was seen elsewhere")
    Request.objects.update(closed_at=timezone.now() - timedelta(days=100))
    row.refresh_from_db()
    return row


def purge():
    out = StringIO()
    call_command("purge", stdout=out)
    return [line.partition(" Deleted:")[0] for line in out.getvalue().splitlines()]


@pytest.mark.databases
def test_a_held_request_is_not_erased_by_anybody_and_each_says_so(case, officer):
    place_hold(request=case, by=officer, reason="Canary against the hospital", until=TODAY)

    assert purge() == [
        "0 requests erased.",
        "1 requests past their time are kept by a legal hold.",
    ]
    with pytest.raises(Refused, match="A legal hold stands until"):
        erase(case, by=officer, reason=Reason.ASKED)
    assert Request.objects.get().child_name == "Kim Canary"

    lift_hold(request=case, by=officer)
    assert purge() == ["1 requests erased."]
    assert (Request.objects.get().child_name, LegalHold.objects.get().reason) == ("", "")


def test_a_hold_ends_with_its_last_day_and_a_new_one_takes_the_place_of_the_old(case, officer):
    place_hold(request=case, by=officer, reason="One", until=TODAY + timedelta(days=9))
    place_hold(request=case, by=officer, reason="Two", until=TODAY)
    assert case.standing_hold.reason == "Two"

    assert not LegalHold.objects.standing(TODAY + timedelta(days=1)).exists()
    lift_hold(request=case, by=officer)
    with pytest.raises(Refused, match="No legal hold stands"):
        lift_hold(request=case, by=officer)
    with pytest.raises(Refused, match="today or later"):
        place_hold(request=case, by=officer, reason="Three", until=TODAY - timedelta(days=1))


def test_a_coordinator_sees_that_it_is_held_and_neither_why_nor_a_way_to_change_it(case, officer, client):
    client.force_login(officer)
    address = f"/admin/appointments/request/{case.pk}"
    answers = {"seen": case.version, "reason": "Canary against the hospital", "until": TODAY.isoformat()}
    client.post(f"{address}/hold/", answers)
    page = client.get(f"{address}/change/").content.decode()
    for words in ("Legal hold until", "Canary against the hospital", "Change the legal hold", "Lift the legal hold"):
        assert words in page
    assert "Erase this request" not in page

    cora = factories.coordinator("carl", case.department, permissions=("view_request", "work_requests"))
    client.force_login(cora)
    page = client.get(f"{address}/change/").content.decode()
    assert "Legal hold until" in page
    assert "Canary against" not in page
    assert "Lift the legal hold" not in page
    with pytest.raises(PermissionDenied):
        lift_hold(request=case, by=cora)
