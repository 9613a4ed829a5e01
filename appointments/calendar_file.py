"""The calendar file of a visit (RFC 5545, RFC 5546): the same UID for ever, a higher SEQUENCE with every change, no health words."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from appointments import status_text
from appointments.models import OfferedTime
from foundation.prose.addresses import email
from foundation.prose.typed import prose

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
AROUND = timedelta(days=370)  # more than a year to both sides of the visit; at least one clock change, where there are any
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (3, 9998))  # of the years that have such days to both sides
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def make(time: OfferedTime, *, method: str, link: str, clinician: str = "") -> bytes:
    """The file for a mail (REQUEST, CANCEL) or to download (PUBLISH).

    For the family, whose `link` leads to the private page; with the address of a `clinician` for them, with a link of staff.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Condition Portal//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_zone(time))
    calendar.add_component(_event(time, method, link, clinician))
    return bytes(calendar.to_ical())


def _event(time: OfferedTime, method: str, link: str, clinician: str) -> Event:
    request, zone = time.request, ZoneInfo(time.zone)
    event = Event()
    event.add("uid", request.calendar_uid)
    event.add("sequence", request.calendar_sequence)
    event.add("dtstamp", timezone.now().astimezone(UTC))
    event.add("dtstart", _on_clock(time.starts_at, zone))
    event.add("dtend", _on_clock(time.ends_at, zone))
    event.add("summary", _summary(time, method, clinician))
    event.add("location", prose(status_text.place(time) if time.location else _("Video visit"), lines=False))
    lines = [request.reference, "" if clinician else request.department.phone, link]
    event.add("description", prose("\n".join(filter(None, lines))))
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("organizer", _person(settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">"), cn=settings.SITE_NAME))
    if method != PUBLISH:  # RFC 5546 3.2: a request and its cancellation name whom they are for
        event.add("attendee", _person(clinician or email(request.email), partstat="ACCEPTED", rsvp="FALSE"))
    return event


def _summary(time: OfferedTime, method: str, clinician: str) -> str:
    if clinician:
        words = _("Cancelled: visit %(reference)s") if method == CANCEL else _("Visit %(reference)s")
    else:
        words = _("Cancelled: appointment, %(site)s") if method == CANCEL else _("Appointment, %(site)s")
    return words % {"reference": time.request.reference, "site": settings.SITE_NAME}


def _on_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """On the clock of `zone`; in UTC in the second of two equal hours, which RFC 5545 3.3.5 cannot name otherwise."""
    local = at.astimezone(zone)
    return at.astimezone(UTC) if local.fold else local


def _person(address: str, **parameters: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params.update(parameters)
    return person


def _zone(time: OfferedTime) -> Timezone:
    """The clock changes around the visit. icalendar's own writes their onsets on the clock after the change, an hour off."""
    zone = ZoneInfo(time.zone)
    component = Timezone()
    component.add("tzid", time.zone)
    start = min(max(time.starts_at, FIRST), LAST).astimezone(UTC).replace(minute=0, second=0, microsecond=0) - AROUND
    component.add_component(_observance(start.astimezone(zone), start.astimezone(zone)))
    for week in range(2 * AROUND // WEEK + 1):
        before = (start + week * WEEK).astimezone(zone)
        if (start + (week + 1) * WEEK).astimezone(zone).utcoffset() != before.utcoffset():
            component.add_component(_observance(before, _changed(before, zone)))
    return component


def _changed(before: datetime, zone: ZoneInfo) -> datetime:
    """The hour of the one clock change in the week after `before`."""

    def after(hours: int) -> datetime:
        return (before.astimezone(UTC) + hours * HOUR).astimezone(zone)

    return after(bisect_left(range(WEEK // HOUR), True, key=lambda hours: after(hours).utcoffset() != before.utcoffset()))


def _observance(before: datetime, after: datetime) -> TimezoneStandard | TimezoneDaylight:
    """From the moment `after` on; RFC 5545 3.6.5: DTSTART is local time by the offset that held before."""
    observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
    observance.add("dtstart", (after.astimezone(UTC) + (before.utcoffset() or timedelta(0))).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before.utcoffset())
    observance.add("tzoffsetto", after.utcoffset())
    observance.add("tzname", after.tzname())
    return observance
