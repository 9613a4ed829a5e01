"""A clinician's visits for a calendar program: hours, places, references; nothing on a child."""

from datetime import UTC, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event

from appointments.models import CalendarFeed, OfferedTime
from foundation.privacy import tokens
from foundation.prose.typed import prose

BEFORE = timedelta(days=30)


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    feed = CalendarFeed.objects.filter(token_hash=tokens.hashed(token)).first()
    if feed is None:
        raise Http404
    response = HttpResponse(_file(_visits(feed)), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _visits(feed: CalendarFeed) -> QuerySet[OfferedTime]:
    """Agreed ones, from a month ago on. With no more than hours, places and references."""
    kinds = [OfferedTime.Status.CONFIRMED, OfferedTime.Status.CAME, OfferedTime.Status.MISSED, OfferedTime.Status.OVER]
    times = OfferedTime.objects.filter(clinician=feed.clinician_id, status__in=kinds, starts_at__gt=timezone.now() - BEFORE)
    about = ("reference", "calendar_uid", "calendar_sequence", "seal_id")
    times = times.select_related("request", "location", "room").order_by("starts_at", "pk")
    return times.defer("video_link").only(
        *("starts_at", "ends_at", "location__name", "room__name", "seal_id"), *(f"request__{name}" for name in about)
    )


def _file(visits: QuerySet[OfferedTime]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Condition Portal//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Visits, %(site)s") % {"site": settings.SITE_NAME})
    for time in visits:
        calendar.add_component(_event(time))
    return bytes(calendar.to_ical())


def _event(time: OfferedTime) -> Event:
    """In UTC, which names one instant even in the hour that comes twice."""
    event = Event()
    event.add("uid", f"{time.pk}-{time.request.calendar_uid}")  # a request may have several visits, one after the other
    event.add("sequence", time.request.calendar_sequence)
    event.add("dtstamp", timezone.now().astimezone(UTC))
    event.add("dtstart", time.starts_at.astimezone(UTC))
    event.add("dtend", time.ends_at.astimezone(UTC))
    event.add("summary", _("Visit %(reference)s") % {"reference": time.request.reference})
    place = ", ".join(each.name for each in (time.location, time.room) if each)
    event.add("location", prose(place or _("Video visit"), lines=False))
    event.add("class", "PRIVATE")
    return event
