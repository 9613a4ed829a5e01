"""How a moment is said, on every page, in every mail and in the admin: the day, the clock, and the zone in words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _, ngettext

from directory.hours import zone_in_words

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
# The clocks of each state; where most of its people live stands first. Source: 49 CFR part 71.
# Mail to the armed forces (AA, AE, AP) reaches many clocks.
_STATES = {
    (EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (EASTERN, CENTRAL): "FL IN KY MI",
    (CENTRAL, EASTERN): "TN",
    (CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (CENTRAL, MOUNTAIN): "KS ND NE SD TX",
    (MOUNTAIN,): "CO MT NM UT WY",
    (MOUNTAIN, PACIFIC): "ID",
    ("America/Phoenix",): "AZ",
    (PACIFIC,): "CA NV WA",
    (PACIFIC, MOUNTAIN): "OR",
    ("America/Anchorage",): "AK",
    ("Pacific/Honolulu",): "HI",
    ("America/Puerto_Rico",): "PR",
    ("America/St_Thomas",): "VI",
    ("Pacific/Pago_Pago",): "AS",
    ("Pacific/Guam",): "GU",
    ("Pacific/Saipan",): "MP",
}
UNBROKEN = "\u00a0"  # a space at which no line breaks
STATE_ZONES = {state: list(zones) for zones, states in _STATES.items() for state in states.split()}


def full(at: datetime, zone: str, *, state: str = "") -> str:
    """An instant on the clock of `zone`: "Tuesday, March 9, 2027 at 10:00 am Eastern time (New York)".

    With the two letters of a `state` whose clocks show another time then: ", which is 9:00 am Central time (Chicago)".
    """
    local = at.astimezone(ZoneInfo(zone))
    # Two forms, by the hour: Spanish says “a la 1:00” but “a las 2:00”.
    at_clock = ngettext("%(day)s at %(clock)s %(zone)s", "%(day)s at %(clock)s %(zone)s", local.hour % 12 or 12)
    text = at_clock % {"day": long_day(local), "clock": hour(local), "zone": zone_in_words(zone)}
    zones = STATE_ZONES.get(state, [])
    others = [there for there in zones if at.astimezone(ZoneInfo(there)).utcoffset() != local.utcoffset()]
    if not others:
        return text
    joined = _("%(here)s, which is %(there)s") if others == zones else _("%(here)s, or %(there)s")
    return joined % {"here": text, "there": _(" or ").join(_elsewhere(at, other, local) for other in others)}


def short(at: datetime, zone: str) -> str:
    """Without year and zone, for lists that name the zone once: "Tuesday, March 9, 10:00 am"."""
    local = at.astimezone(ZoneInfo(zone))
    return _("%(day)s, %(clock)s") % {"day": day(local), "clock": hour(local)}


def half_day(at: datetime, zone: str, *, since: datetime) -> str:
    """The part of a day, as people promise it: "Wednesday morning"; with its date where `since` is a week or more before."""
    local = at.astimezone(ZoneInfo(zone))
    near = (local.date() - since.astimezone(ZoneInfo(zone)).date()).days < 7
    words = {"day": formats.date_format(local, "l") if near else day(local)}
    if local.hour < 12:
        return _("%(day)s morning") % words
    return _("%(day)s afternoon") % words if local.hour < 17 else _("%(day)s evening") % words


def long_day(local: datetime) -> str:
    # Translators: a date format of Django, as in “Tuesday, March 9, 2027”
    return formats.date_format(local, _("l, F j, Y"))


def day(local: datetime) -> str:
    # Translators: a date format of Django, as in “Tuesday, March 9”
    return formats.date_format(local, _("l, F j"))


def short_day(day: date) -> str:
    # Translators: a date format of Django, as in “Tue, Mar 9”
    return formats.date_format(day, _("D, M j"))


def hour(local: datetime) -> str:
    """As in “10:00 am”, “12:00 noon”; in the hour that a clock change repeats, which of the two: “1:30 am (EDT)”.

    Its spaces do not break: no line ends between the number and its half of the day.
    """
    if (local.hour, local.minute) == (12, 0):
        return _("12:00 noon").replace(" ", UNBROKEN)
    text = f"{local.hour % 12 or 12}:{local.minute:02} {_('am') if local.hour < 12 else _('pm')}"
    is_shown_twice = local.replace(fold=0).astimezone(UTC) != local.replace(fold=1).astimezone(UTC)
    return (f"{text} ({local.tzname()})" if is_shown_twice else text).replace(" ", UNBROKEN)


def _elsewhere(at: datetime, zone: str, here: datetime) -> str:
    local = at.astimezone(ZoneInfo(zone))
    when = hour(local) if local.date() == here.date() else _("%(day)s, %(clock)s") % {"day": day(local), "clock": hour(local)}
    return f"{when} {zone_in_words(zone)}"


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
