"""Lives of requests, from the first minute to the day on which they are erased: everybody acts by chance, within the rules.

`make lives` runs ten thousand over eighteen months; a test of the suite a few dozen. After each act, and at every moment at
which the clock alone changes something, what is shown may not contradict what happened.
"""

import heapq
import os
import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.core.management import call_command

from appointments import actions, status_text
from appointments.actions.booking import Slot
from appointments.earlier_times import families_for
from appointments.figures import Figures, Period
from appointments.models import EarlierOffer, OfferedTime, Request
from appointments.models.request import Request as Row
from foundation.workflow import Refused
from tests import factories

START = datetime(2027, 1, 4, 14, 0, tzinfo=UTC)  # Monday, 9 am in New York
ZONE, FAR = ZoneInfo("America/New_York"), datetime.max.replace(tzinfo=UTC)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
Status = Row.Status


class Lives:
    """The people, the moments at which somebody acts next, and what was seen to be wrong."""

    def __init__(self, clock, count, *, over, seed, clinicians, look_ahead=1.0):
        self.clock, self.chance, self.over, self.look_ahead = clock, random.Random(seed), over, look_ahead
        self.place = factories.department("rheumatology")
        self.other = factories.department("orthopedics")
        self.location = factories.location()
        self.clinicians = [factories.clinician(f"clinician-{number}") for number in range(clinicians)]
        for clinician in self.clinicians:
            clinician.departments.set([self.place, self.other])
        self.staff = [factories.coordinator(f"staff-{number}", self.place, self.other) for number in range(4)]
        self.steps: list[tuple[datetime, int, int]] = [
            (START + over * self.chance.random(), number, 0) for number in range(count)
        ]
        heapq.heapify(self.steps)
        self.rows: dict[int, int] = {}
        self.promised: dict[int, datetime] = {}
        self.contacted: dict[int, datetime] = {}
        self.acts: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self):
        """Until nobody has anything left to do, and every request is erased; at most three years."""
        night = START + DAY
        while self.steps or Request.objects.filter(erased_at=None).exists():
            if night > START + self.over + 3 * 365 * DAY:
                self.faults.append("some never end")
                return
            if self.steps and self.steps[0][0] <= night:
                at, number, _times = heapq.heappop(self.steps)
                self.clock.move_to(at)
                self._step(number, at)
            else:
                self.clock.move_to(night)
                self._purge(night)
                if (night - START).days % 60 == 0:
                    self._recount(night)
                    print(f"{night:%Y-%m-%d} {self.acts.total()} acts, {len(self.faults)} faults", flush=True)
                night += DAY

    def _later(self, number, at):
        heapq.heappush(self.steps, (at, number, 1))

    def _step(self, number, now):
        if number not in self.rows:
            self._arrive(number, now)
        else:
            row = Request.objects.select_related("department").get(pk=self.rows[number])
            if row.erased_at:
                return
            with suppress(Refused):  # the hour is taken, or the visit over meanwhile: they try something else another time
                self._act(row, now)
        row = Request.objects.select_related("department").get(pk=self.rows[number])
        self._look(row, now)
        if self.chance.random() < self.look_ahead:
            self._look_ahead(row, now)
        if self.chance.random() < 0.05:
            self._offer_freed_hour()
        if row.is_open:
            self._later(number, self._next_moment(row, now))
        elif self.chance.random() < 0.1:
            self._later(number, now + DAY)  # somebody looks at it again

    def _arrive(self, number, now):
        child = {"child_name": f"Kid {number}", "email": f"p{number}@example.org", "phone": ""}
        row = factories.request(
            f"{number:064}", department=self.place, visit=self.chance.choice(["new", "follow-up"]), **child
        )
        self.rows[number], self.promised[row.pk] = row.pk, row.due_at
        self.acts["received"] += 1

    def _next_moment(self, row, now):
        visit = row.times.standing(now).first()
        if row.due_at is None and visit:  # mostly nothing happens until it is over
            return now + (visit.ends_at - now) * self.chance.choice([0.2, 0.5, 0.9, 1.01]) + MINUTE
        if row.due_at is None and row.lapses_at:
            return now + (DAY if self.chance.random() < 0.6 else row.lapses_at - now + MINUTE)
        return now + self.chance.choice([HOUR, 5 * HOUR, DAY, 2 * DAY, 4 * DAY])

    def _act(self, row, now):
        if not row.is_open:
            return self._do("reopened", row, actions.reopen, by=self._who()) if self.chance.random() < 0.15 else None
        if row.times.over(now).exists() and self.chance.random() < 0.8:
            came = self.chance.random() < 0.85
            return self._do("came" if came else "missed", row, actions.record_outcome, by=self._who(), came=came)
        if row.times.on_offer(now).exists():
            return self._family(row, now)
        if row.times.standing(now).exists() and row.due_at is None:
            return self._agreed(row)
        if row.due_at is None:
            return None  # over, and nobody says how it ended
        return self._work(row, now)

    def _family(self, row, now):
        what = self.chance.choices(["accept", "other", "withdraw", "nothing", "words", "reach"], [65, 12, 5, 10, 5, 3])[0]
        if EarlierOffer.objects.filter(request=row, time__in=row.times.on_offer(now)).exists() and self.chance.random() < 0.5:
            answer = self.chance.choice(["declined", "took earlier"])
            act = actions.decline_earlier if answer == "declined" else actions.take_earlier
            self._do(answer, row, act, by=self._who())
        elif what == "accept":
            time = self.chance.choice(list(row.times.on_offer(now)))
            self._do("accepted", row, actions.accept, time=time)
        elif what == "other":
            self._do("other times", row, actions.ask_for_other_times, words="Mondays")
        elif what == "withdraw":
            self._do("withdrew", row, actions.withdraw)
        elif what == "words":
            self._do("wrote", row, actions.add_words, words="We moved")
        elif what == "reach":
            fields = {"email": row.email, "phone": f"+1212{row.pk:07}", "contact": {"how": "phone"}}
            self._do("changed contact", row, actions.change_contact, fields=fields)

    def _offer_freed_hour(self):
        """The oldest hour that came free goes to whom it fits and who waits longest, if anybody."""
        for freed in OfferedTime.objects.came_free().order_by("pk")[:3]:
            for family in families_for([freed])[freed.pk][:1]:
                with suppress(Refused):
                    self._do("offered earlier", family.request, actions.offer_earlier, by=self._who(), freed=freed)

    def _agreed(self, row):
        what = self.chance.choices(
            ["nothing", "withdraw", "other", "cancel", "move", "offer", "close", "earlier"], [58, 4, 5, 4, 5, 12, 2, 10]
        )[0]
        if what == "withdraw":
            self._do("withdrew", row, actions.withdraw)
        elif what == "other":
            self._do("other times", row, actions.ask_for_other_times, words="Mondays")
        elif what == "cancel":
            self._do("cancelled", row, actions.cancel_visit, by=self._who(), for_family=self.chance.random() < 0.5)
        elif what == "move":
            self._do("confirmed", row, actions.confirm_by_phone, by=self._who(), slot=self._slot(), reaches=True)
        elif what == "offer":
            self._do("offered", row, actions.offer, by=self._who(), slots=[self._slot()], reaches=True)
        elif what == "close":
            self._close(row)
        elif what == "earlier":
            self._do("wished earlier", row, actions.wish_earlier, by=self._who(), notice_days=self.chance.choice([3, 7]))

    def _work(self, row, now):
        kinds = ["take", "try", "reach", "ask", "offer", "phone", "hand over", "close", "give back", "undo", "assign"]
        what = self.chance.choices(kinds, [8, 12, 6, 5, 45, 10, 2, 6, 2, 4, 2])[0]
        by = self._who()
        if what == "take":
            self._do("took", row, actions.take, by=by)
        elif what in {"try", "reach"}:
            outcome = "reached" if what == "reach" else "no-answer"
            done = "reached" if what == "reach" else "tried"
            self._do(done, row, actions.record_attempt, by=by, channel="call", outcome=outcome, reaches=what == "reach")
        elif what == "ask":
            self._do("asked", row, actions.ask_question, by=by, words="Which knee?", reaches=True)
        elif what == "offer":
            slots = [self._slot() for _slot in range(3)]
            self._do("offered", row, actions.offer, by=by, slots=slots, reaches=True)
        elif what == "phone":
            self._do("confirmed", row, actions.confirm_by_phone, by=by, slot=self._slot(), reaches=True)
        elif what == "hand over":
            to = self.other if row.department == self.place else self.place
            self._do("handed over", row, actions.hand_over, by=by, department=to, reason="Theirs")
        elif what == "close":
            self._close(row)
        elif what == "give back":
            self._do("gave back", row, actions.give_back, by=by)
        elif what == "assign":
            self._do("assigned", row, actions.assign, by=by, to=self._who())
        else:
            self._do("took", row, actions.take, by=by)
            row.refresh_from_db()
            self._do("undid", row, actions.undo, by=by)

    def _close(self, row):
        reason = self.chance.choice(["elsewhere", "not-reached", "no-need", "not-for-us", "withdrawn"])
        self._do("closed", row, actions.close, by=self._who(), reason=reason, words="All is well.", reaches=True)

    def _do(self, name, row, act, *, reaches=False, **how):
        act(request=row, **how)
        self.acts[name] += 1
        if reaches:
            self.contacted.setdefault(row.pk, datetime.now(UTC))

    def _who(self):
        return self.chance.choice(self.staff)

    def _slot(self):
        """Some hour of the next months, mostly one that is free."""
        start = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0)
        at = start + self.chance.randint(3, 60) * DAY + self.chance.randint(0, 12) * 30 * MINUTE
        return Slot(self.chance.choice(self.clinicians), at, at + 30 * MINUTE, "America/New_York", self.location)

    # --- what may never be seen ---------------------------------------------------------------------------------------

    def _look_ahead(self, row, now):
        """At each moment at which the clock alone changes something for this request, just before and just after."""
        moments = {row.due_at, row.lapses_at}
        for time in row.times.filter(status__in=["offered", "confirmed"]):
            moments |= {time.starts_at, time.ends_at, time.expires_at}
        for moment in sorted(moment for moment in moments if moment and moment > now):
            for at in (moment - MINUTE, moment, moment + MINUTE):
                self.clock.move_to(at)
                self._look(row, at)
        self.clock.move_to(now)

    def _look(self, row, now):
        for fault in contradictions(row, now):
            self.faults.append(f"{row.reference} at {now}: {fault}")
        if row.first_promise_at != self.promised[row.pk]:
            self.faults.append(f"{row.reference}: the first promise moved")
        if row.first_contact_at != self.contacted.get(row.pk):
            self.faults.append(f"{row.reference}: {row.first_contact_at} and not {self.contacted.get(row.pk)}")

    def _recount(self, now):
        """The figures of 90 days beside the promises and answers that were noted here as they were made."""
        period = Period.of_days(90, now.astimezone(ZONE).date() - DAY)
        figures = Figures([self.place.pk, self.other.pk], period, now).tally()
        rows = [row for row in Request.objects.all() if period.begins <= row.received_at < period.ends]
        kept = [row for row in rows if self.contacted.get(row.pk, FAR) <= self.promised[row.pk]]
        late = [row for row in rows if row not in kept and self.promised[row.pk] < min(self._waited_until(row, now), now)]
        visits = [time for time in OfferedTime.objects.all() if period.begins <= time.starts_at < min(period.ends, now)]
        ends = Counter(time.status for time in visits)
        again = (len(rows), len(kept), len(kept) + len(late), ends["came"], ends["missed"])
        shown = (figures.requests.total(), figures.kept, figures.promised, figures.visited("came"), figures.visited("missed"))
        if shown != again:
            self.faults.append(f"{now}: the figures say {shown}, counted anew {again}")

    def _waited_until(self, row, now):
        return self.contacted.get(row.pk) or row.closed_at or row.lapses_at or now

    def _purge(self, now):
        """Every night; what is erased had ended for as long as it may be kept, and nothing older stays."""
        kept = timedelta(days=settings.RETENTION_DAYS)
        before = set(Request.objects.exclude(erased_at=None).values_list("pk", flat=True))
        call_command("purge", stdout=StringIO())
        for row in Request.objects.exclude(erased_at=None).exclude(pk__in=before):
            if not now - kept - DAY <= row.closed_at <= now - kept:
                self.faults.append(f"{row.reference}: ended {row.closed_at}, erased {now}")
            if row.child_name or row.email or row.phone or any(note.words for note in row.notes.all()):
                self.faults.append(f"{row.reference}: something is left after it was erased")
        if Request.objects.ended_before(now - kept).filter(erased_at=None).exists():
            self.faults.append(f"{now}: something is kept for too long")


def contradictions(row, now):
    """What staff and family are shown of `row` that is not so at `now`. Asked of rows, and not of the functions that are tested."""
    times = list(row.times.all())
    standing = [time for time in times if time.status == "confirmed" and time.ends_at > now]
    on_offer = [time for time in times if time.status == "offered" and min(time.expires_at, time.starts_at) > now]
    lists = [Request.objects.our_turn(now), Request.objects.familys_turn(now), Request.objects.visit_agreed(now)]
    stands_in = [rows.filter(pk=row.pk).exists() for rows in lists]
    is_open = Request.objects.open(now).filter(pk=row.pk).exists()
    text = status_text.promise(row, now)
    end = Request.objects.with_end(now).get(pk=row.pk)
    said = {
        "open and closed at once": is_open != row.is_open or is_open != (end.end_at is None),
        "in no list, or in two": sum(stands_in) != is_open,
        "ends later than now": end.end_at is not None and end.end_at > now,
        "ended without a reason": not is_open and not (end.end_by and end.end_reason),
        "a visit or an offer of a request that ended": not is_open and bool(standing or on_offer),
        "the page does not speak of the visit": bool(standing)
        and not _has(text, "visit is confirmed", "visit stays as it is"),
        "the page speaks of a visit that is none": not standing and _has(text, "visit is confirmed", "visit stays as it is"),
        "the page does not speak of what is held": bool(on_offer) and not _has(text, "We hold the times", "We hold it"),
        "the page speaks of times that are not held": not on_offer and _has(text, "We hold the times", "We hold it"),
        "overdue, and nobody reads it": Request.objects.overdue(now).filter(pk=row.pk).exists()
        != bool(is_open and row.due_at and row.due_at < now),
        "an ended request that invites to write": not is_open and "write to us here" in text,
        "a promise that has passed": bool(row.due_at) and row.due_at < now and "We will" in text,
        "a visit agreed that waits for somebody": stands_in[2] and row.due_at is not None,
    }
    return [fault for fault, is_so in said.items() if is_so]


def _has(text, *words):
    return any(each in text for each in words)


def tell(lives):
    reasons = Counter(Request.objects.values_list("closing_reason", flat=True))
    visits = Counter(OfferedTime.objects.values_list("status", flat=True))
    print(f"{len(lives.rows)} requests, {sum(lives.acts.values())} acts, {len(lives.faults)} faults", flush=True)
    print(f"acts: {dict(lives.acts.most_common())}\nhow they ended: {dict(reasons)}\ntimes: {dict(visits)}")
    print(f"open: {Request.objects.open().count()}, not erased: {Request.objects.filter(erased_at=None).count()}")
    print("\n".join(lives.faults[:20]))


def test_ten_thousand_lives(django_db_setup, django_db_blocker):
    """Not of the suite: `make lives` asks for this file by name. It commits: a transaction of an hour would keep every row that ever was."""
    count = int(os.environ.get("LIVES", "10000"))
    with django_db_blocker.unblock(), time_machine.travel(START, tick=False) as clock:
        lives = Lives(clock, count, over=timedelta(days=548), seed=1, clinicians=60, look_ahead=0.1)
        lives.run()
        tell(lives)
    assert lives.faults == []
