"""Opening hours in words: "Monday to Friday", "9 am to 5 pm", "Eastern time (New York)"."""

from collections.abc import Iterable
from datetime import time
from itertools import groupby
from operator import attrgetter

from django.utils.translation import gettext as _, gettext_lazy

from directory.models import OpeningHours

ZONES = {
    "America/New_York": gettext_lazy("Eastern time (New York)"),
    "America/Chicago": gettext_lazy("Central time (Chicago)"),
    "America/Denver": gettext_lazy("Mountain time (Denver)"),
    "America/Phoenix": gettext_lazy("Mountain time (Phoenix)"),
    "America/Los_Angeles": gettext_lazy("Pacific time (Los Angeles)"),
    "America/Anchorage": gettext_lazy("Alaska time (Anchorage)"),
    "Pacific/Honolulu": gettext_lazy("Hawaii time (Honolulu)"),
}


def week_in_words(hours: Iterable[OpeningHours]) -> list[tuple[str, str]]:
    """(days, times) in the order of the week; neighbouring days with the same times stand together."""
    rows = sorted(hours, key=attrgetter("weekday", "opens"))
    by_day = {day: " · ".join(span(row.opens, row.closes) for row in own) for day, own in groupby(rows, attrgetter("weekday"))}
    runs: list[tuple[list[int], str]] = []
    for day, times in by_day.items():
        if runs and runs[-1][1] == times and runs[-1][0][-1] == day - 1:
            runs[-1][0].append(day)
        else:
            runs.append(([day], times))
    return [(_days(days), times) for days, times in runs]


def _days(days: list[int]) -> str:
    first, last = (str(OpeningHours.Weekday(day).label) for day in (days[0], days[-1]))
    if len(days) == 1:
        return first
    between = _("%(first)s and %(last)s") if len(days) == 2 else _("%(first)s to %(last)s")
    return between % {"first": first, "last": last}


def span(opens: time, closes: time) -> str:
    """Both ends of opening hours, as in: 9 am to 4:30 pm."""
    return _("%(opens)s to %(closes)s") % {"opens": hour_in_words(opens), "closes": hour_in_words(closes)}


def hour_in_words(moment: time) -> str:
    """A time of day as people say it: "9 am", "4:30 pm", "noon"."""
    if (moment.hour, moment.minute) == (12, 0):
        return _("noon")
    half = _("am") if moment.hour < 12 else _("pm")
    return f"{moment.hour % 12 or 12}{f':{moment.minute:02}' if moment.minute else ''} {half}"


def zone_in_words(zone: str) -> str:
    """An IANA zone for people: "Eastern time (New York)", or "Lima time" for one without a usual name."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return str(ZONES[zone]) if zone in ZONES else _("%(city)s time") % {"city": city}
