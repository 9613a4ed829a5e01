"""Earlier times: an hour that came free is held for one family at a time, whose own visit stands meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from appointments import actions
from appointments.actions.booking import Slot
from appointments.earlier_times import families_for, hold_length, next_daytime
from appointments.models import Away, EarlierOffer, FamilyAct, OfferedTime, Request, VideoRoom
from directory.models import Closure
from foundation.outbox.models import Message
from foundation.workflow import Refused
from tests import factories, visits
from tests.visits import NOW, VISIT, sent, slot

DAY = timedelta(days=1)
LATER = VISIT + timedelta(days=30)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def place():
    return visits.department(inbox="desk@example.org", licensed_states="NY", virtual=True)


@pytest.fixture
def cora(client, place):
    user = factories.coordinator("cora", place)
    client.force_login(user)
    return user


def visit(place, cora, name, at=LATER, wish=3, **fields):
    """A family with a confirmed visit, that would come sooner."""
    own = {"email": f"{name}@example.org", "phone": f"212 555 {len(name):04}", "child_name": f"Kid {name}"}
    row = factories.request(f"{name:a>64}", department=place, **own | fields)
    where = {} if fields.get("mode") != "virtual" else {"location": None, "video_link": "https://video.example.org/a"}
    actions.confirm_by_phone(request=row, by=cora, slot=slot(row, at, **where))
    if wish:
        actions.wish_earlier(request=row, by="family", notice_days=wish)
    return row


@pytest.fixture
def freed(place, cora):
    """An hour a week ahead that its family gave back."""
    row = visit(place, cora, "first", VISIT, wish=None)
    actions.withdraw(request=row)
    return row.times.get()


def test_longest_waiting_family_comes_first_and_another_needs_a_reason(place, cora, freed):
    one = visit(place, cora, "one")
    two = visit(place, cora, "two", LATER + DAY)
    Request.objects.filter(pk=two.pk).update(received_at=NOW - DAY)

    assert [family.request.pk for family in families_for([freed])[freed.pk]] == [two.pk, one.pk]
    with pytest.raises(Refused, match="waits longer"):
        actions.offer_earlier(request=one, by=cora, freed=freed)
    offer = actions.offer_earlier(request=one, by=cora, freed=freed, reason="urgent")

    assert (offer.reason, offer.time.starts_at, offer.instead_of.starts_at) == ("urgent", VISIT, LATER)
    with pytest.raises(Refused, match="no longer free"):
        actions.offer_earlier(request=two, by=cora, freed=freed)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"visit": "follow-up"}, "another kind of visit"),
        ({"mode": "virtual", "state": "NY"}, "by video"),
        ({"wishes": '{"days": ["1-am", "2-pm"]}'}, "not that half of a Tuesday"),
        ({"wishes": '{"earliest": "2027-03-10"}'}, "not before the tenth"),
        ({"wish": 7}, "a week's notice and a day to answer"),
        ({"wish": None}, "would not come sooner"),
        ({"at": VISIT + timedelta(hours=2)}, "hardly sooner"),
        ({"email": "first@example.org", "at": LATER}, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_hour_fits_by_department_kind_wishes_and_notice(place, cora, freed, fields, why):
    visit(place, cora, "good", LATER + 5 * DAY)
    visit(place, cora, "other", **fields)

    assert len(families_for([freed])[freed.pk]) == (1 if why else 2)


def test_many_families_of_one_kind_leave_another_hour_its_own(monkeypatch, place, cora, freed):
    monkeypatch.setattr("appointments.earlier_times.MOST_FAMILIES", 1)
    row = visit(place, cora, "follow", VISIT + DAY, wish=None, visit="follow-up")
    actions.withdraw(request=row)
    visit(place, cora, "one")
    visit(place, cora, "two", LATER + DAY)
    own = visit(place, cora, "own", LATER + 2 * DAY, visit="follow-up")
    of_follow_up = row.times.get()

    found = families_for([freed, of_follow_up])

    assert len(found[freed.pk]) == 1
    assert [family.request.pk for family in found[of_follow_up.pk]] == [own.pk]


def test_video_hour_goes_to_a_child_in_a_state_with_a_license(place, cora):
    row = visit(place, cora, "video", VISIT, wish=None, mode="virtual", state="NY")
    actions.withdraw(request=row)
    here = visit(place, cora, "here", LATER, mode="virtual", state="NY")
    visit(place, cora, "there", LATER + DAY, mode="virtual", state="TX")
    visit(place, cora, "foot", LATER + 2 * DAY)

    freed = row.times.get()
    assert [family.request.pk for family in families_for([freed])[freed.pk]] == [here.pk]
    with pytest.raises(Refused, match="standing video link"):
        actions.offer_earlier(request=here, by=cora, freed=freed)
    VideoRoom.objects.create(clinician=freed.clinician, link="https://video.example.org/ana")
    assert actions.offer_earlier(request=here, by=cora, freed=freed).time.video_link == "https://video.example.org/ana"


def test_offer_that_was_a_slip_is_taken_back_and_can_be_made_again(place, cora, freed):
    row = visit(place, cora, "one")
    actions.offer_earlier(request=row, by=cora, freed=freed)
    row.refresh_from_db()

    actions.undo(request=row, by=cora)

    assert (row.times.standing().get().starts_at, EarlierOffer.objects.count()) == (LATER, 0)
    assert actions.offer_earlier(request=Request.objects.get(pk=row.pk), by=cora, freed=freed)


def test_hour_of_a_day_on_which_nobody_meets_families_is_not_offered(place, cora, freed):
    assert OfferedTime.objects.came_free().exists()
    away = Away.objects.create(clinician=freed.clinician, first_day=date(2027, 3, 8), last_day=date(2027, 3, 9))
    assert not OfferedTime.objects.came_free().exists()
    away.delete()
    Closure.objects.create(department=place, day=date(2027, 3, 9))
    assert not OfferedTime.objects.came_free().exists()


def test_two_children_of_one_family_never_share_an_hour(place, cora, freed):
    other = factories.clinician("ben-example")
    other.departments.add(place)
    sister = factories.request("s" * 64, department=place, email="kids@example.org", child_name="Sister")
    at = Slot(other, VISIT, VISIT + timedelta(hours=1), "America/New_York", place.locations.get())
    brother = factories.request("b" * 64, department=place, email="kids@example.org", child_name="Brother")
    actions.confirm_by_phone(request=sister, by=cora, slot=at)
    actions.confirm_by_phone(
        request=brother, by=cora, slot=replace(at, starts_at=LATER, ends_at=LATER + timedelta(minutes=45))
    )
    actions.wish_earlier(request=brother, by=cora, notice_days=3)

    assert families_for([freed])[freed.pk] == []
    actions.close(request=sister, by=cora, reason="no-need", words="Well again.")
    assert [family.request.pk for family in families_for([freed])[freed.pk]] == [brother.pk]


def test_visit_stands_until_the_family_takes_the_earlier_one(place, cora, freed):
    row = visit(place, cora, "one")
    sent()
    offer = actions.offer_earlier(request=row, by=cora, freed=freed)

    row.refresh_from_db()
    assert (row.status, row.due_at, row.times.standing().get().starts_at) == ("confirmed", None, LATER)
    (letter,) = sent()
    assert letter.subject == f"Your appointment {row.reference}: an earlier time is free"
    assert "Tuesday, March 9, 2027 at 10:00" in letter.body
    assert "keep the visit you have: Thursday, April 8, 2027 at 11:00" in letter.body
    assert "until Wednesday, March 3, 2027 at 10:00" in letter.body

    actions.accept(request=row, time=offer.time)

    assert row.times.standing().get().starts_at == VISIT
    assert OfferedTime.objects.get(replaced_by__isnull=False).replaced_by.starts_at == VISIT
    assert row.calendar_sequence == 1
    assert EarlierOffer.objects.taken().get() == offer
    assert [time.starts_at for time in OfferedTime.objects.came_free()] == [LATER]


def test_earlier_time_that_staff_undo_was_not_taken(place, cora, freed):
    row = visit(place, cora, "one")
    offer = actions.offer_earlier(request=row, by=cora, freed=freed)
    row.refresh_from_db()
    actions.take_earlier(request=row, by=cora)
    assert EarlierOffer.objects.taken().get() == offer

    actions.undo(request=row, by=cora)

    assert row.times.standing().get().starts_at == LATER
    assert not EarlierOffer.objects.taken().exists()


def test_saying_no_costs_nothing_and_the_hour_goes_to_the_next(place, cora, freed):
    one, two = visit(place, cora, "one"), visit(place, cora, "two", LATER + DAY)
    actions.offer_earlier(request=one, by=cora, freed=freed)

    actions.decline_earlier(request=one, by="family")

    assert one.times.standing().get().starts_at == LATER
    assert FamilyAct.objects.filter(request=one).last().what == "declined"
    assert [family.request.pk for family in families_for([freed])[freed.pk]] == [two.pk]
    row = visit(place, cora, "third", VISIT + 2 * DAY, wish=None)
    actions.withdraw(request=row)
    assert one.pk in [family.request.pk for family in families_for([row.times.get()])[row.times.get().pk]]


def test_three_offers_without_an_answer_rest_until_the_family_asks_again(place, cora, clock):
    row = visit(place, cora, "quiet")
    for number in range(4):
        gone = visit(place, cora, f"gone{number}", VISIT + number * DAY, wish=None)
        actions.withdraw(request=gone)
        hour, families = gone.times.get(), families_for([gone.times.get()])[gone.times.get().pk]
        assert bool(families) == (number < 3)
        if families:
            actions.offer_earlier(request=row, by=cora, freed=hour)
            clock.shift(timedelta(hours=24, minutes=1))
    assert row.earlier_wish.is_paused()

    clock.shift(timedelta(seconds=1))
    actions.wish_earlier(request=row, by="family", notice_days=3)

    row = Request.objects.get(pk=row.pk)
    assert not row.earlier_wish.is_paused()
    assert not EarlierOffer.objects.taken().exists()


@pytest.mark.parametrize(("place_of", "status"), [("mine", 200), ("theirs", 403), (None, 403)])
def test_hour_is_shown_to_coordinators_of_its_department_alone(client, place, freed, place_of, status):
    theirs = factories.department("theirs")
    user = factories.coordinator("otto", {"mine": place, "theirs": theirs}.get(place_of, place))
    if place_of is None:
        user.user_permissions.clear()
    client.force_login(user)

    assert client.get(reverse("admin:earlier_hour", args=[freed.pk])).status_code == status


def test_hour_that_the_clinician_needs_is_offered_to_nobody(client, place, cora, freed):
    visit(place, cora, "one")
    page = client.get(reverse("admin:index")).content.decode()
    assert "fits 1" in page

    client.post(reverse("admin:earlier_hour", args=[freed.pk]), {"do": "keep"})

    assert not OfferedTime.objects.came_free().exists()
    assert "No time came free" in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    ("ahead", "notice", "hours"),
    [(96, 3, 24), (95, 3, 4), (76, 3, 4), (75.9, 3, None), (192, 7, 24), (172, 7, 4), (171, 7, None)],
)
def test_a_hold_leaves_the_notice_that_the_family_needs(ahead, notice, hours):
    found = hold_length(NOW + timedelta(hours=ahead), notice, NOW)

    assert found == (hours and timedelta(hours=hours))


@pytest.mark.parametrize(
    ("utc_hour", "leaves"),
    [(15, (2, 15)), (12, (2, 13)), (1, (2, 13)), (0, (1, 0))],  # New York is five hours behind
)
def test_nobody_is_written_to_at_night(utc_hour, leaves):
    day = 1 if utc_hour == 0 else 2
    now = datetime(2027, 3, day, utc_hour, tzinfo=UTC)

    assert next_daytime(now, "America/New_York") == datetime(2027, 3, leaves[0], leaves[1], tzinfo=UTC)


def test_family_without_email_is_called_and_its_answer_recorded(client, place, cora, freed):
    row = visit(place, cora, "phone", email="")
    answer = client.post(reverse("admin:earlier_hour", args=[freed.pk]), {"do": "offer", "family": row.pk}, follow=True)
    assert "call now" in answer.content.decode()
    assert not Message.objects.filter(kind="earlier").exists()

    case = reverse("admin:appointments_request_takes-earlier", args=[row.pk])
    client.post(case, {"seen": Request.objects.get(pk=row.pk).version})

    assert row.times.standing().get().starts_at == VISIT


def test_family_says_yes_to_earlier_times_and_no_to_one_on_its_page(client, place, cora, freed):
    row = visit(place, cora, "one", wish=None)
    at = {name: reverse(f"appointments:{name}", args=[row.link]) for name in ("private_page", "unlock", "earlier", "keep")}
    client.post(at["unlock"], {"born_month": "4", "born_day": "3", "born_year": "2018"})
    assert "Tell me when an earlier time is free" in client.get(at["private_page"]).content.decode()

    client.post(at["earlier"], {"notice": "7", "seen": row.version})
    assert Request.objects.get(pk=row.pk).earlier_wish.notice_days == 7
    client.post(at["earlier"], {"notice": "3", "seen": Request.objects.get(pk=row.pk).version})
    actions.offer_earlier(request=Request.objects.get(pk=row.pk), by=cora, freed=freed)
    assert "An earlier time for you" in client.get(at["private_page"]).content.decode()
    page = client.post(at["keep"], {"seen": Request.objects.get(pk=row.pk).version}, follow=True).content.decode()

    assert "You keep your visit" in page
    assert "An earlier time for you" not in page
    assert EarlierOffer.objects.get().declined_at == NOW
