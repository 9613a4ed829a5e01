"""Whom families call: a number, when somebody answers it, and what to do when nobody does."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from directory.calendar import Calendar, ClosedDay, closed_days_of
from directory.hours import hour_in_words, week_in_words, zone_in_words
from directory.models import Closure, Department
from foundation.pages.templatetags.pages import whole_times

SOON = timedelta(days=14)


@dataclass(frozen=True)
class Contact:
    """How to reach a department, in words that are true at any hour, for pages are kept and printed; `now` alone is not.

    They are made when they are asked for, in the language that is active then. `closed` are its closed days, past ones too.
    """

    department: Department
    closed: tuple[date, ...] = ()

    @classmethod
    def of(cls, department: Department) -> "Contact":
        """With its closed days from yesterday on. Costs one question beside its hours and locations."""
        prefetch_related_objects([department], "hours", "locations")
        yesterday = timezone.now().date() - timedelta(days=1)
        return cls(department, tuple(Closure.objects.days_of(department, yesterday)))

    def for_page(self) -> dict[str, object]:
        """What a page is told that is about it: its number stands in the header and the footer too, with its own hours."""
        return {"contact": self, "site_phone": self.phone, "site_hours": whole_times(self.hours)}

    @property
    def phone(self) -> str:
        return self.department.phone

    @property
    def after_hours_phone(self) -> str:
        return self.department.after_hours_phone

    @property
    def spans(self) -> list[tuple[str, str]]:
        return week_in_words(self.department.hours.all())

    @property
    def zone(self) -> str:
        return capfirst(zone_in_words(self.department.time_zone))

    @property
    def hours(self) -> str:
        spans = "; ".join(f"{days}, {times}" for days, times in self.spans)
        words = _("%(hours)s, %(zone)s") % {"hours": spans, "zone": zone_in_words(self.department.time_zone)}
        return capfirst(words) if spans else ""

    @cached_property
    def _calendar(self) -> Calendar:
        return Calendar.of(self.department, timezone.now().date(), closed=self.closed)

    @cached_property
    def _state(self) -> tuple[bool, datetime] | None:
        return self._calendar.state(timezone.now())

    @cached_property
    def closed_days(self) -> list[ClosedDay]:
        """A page that shows them holds until the first of them ends."""
        return closed_days_of(self._calendar)

    @property
    def now(self) -> str:
        """Whether somebody answers now, and until when, with the day, so that an old page misleads nobody; "" without hours.

        A page that shows it holds until `changes_at`.
        """
        if not self._state:
            return ""
        is_open, until = self._state
        local = until.astimezone(ZoneInfo(self.department.time_zone))
        facts = {
            "day": date_format(local, "l"),
            "date": date_format(local, "MONTH_DAY_FORMAT").replace(" ", "\xa0"),
            "hour": hour_in_words(local.time()),
        }
        if is_open:
            return _("We are open now, until %(hour)s on %(day)s, %(date)s.") % facts
        return _("We are closed now and open on %(day)s, %(date)s, at %(hour)s.") % facts

    @property
    def changes_at(self) -> datetime | None:
        """When `now` is no longer true (UTC)."""
        return self._state[1] if self._state else None

    @property
    def holidays(self) -> str:
        """A sentence on holidays and on its own closed days in the coming two weeks; "" where no hours are known."""
        if not self.spans:
            return ""
        today = timezone.now().astimezone(ZoneInfo(self.department.time_zone)).date()
        days = ", ".join(date_format(day) for day in self.closed if today <= day <= today + SOON)
        also = _("Closed on public holidays. Also closed: %(days)s.") % {"days": days}
        return also if days else _("Closed on public holidays.")

    @property
    def words(self) -> str:
        """What the department says about the time when it is closed, in the reader's language; "" if it says nothing in it."""
        words = self.department.words["after_hours_words"]
        return "" if words.lang else words
