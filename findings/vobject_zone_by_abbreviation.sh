#!/usr/bin/env bash
# vobject 0.9.9 names the zone of a zoneinfo time by its abbreviation in winter ("EST"), and two zones of one abbreviation become one.
# 1. In one file, a visit at 10:00 in Jamaica (no daylight time) is written with New York's rules: an hour off, read with vobject itself.
# 2. icalendar 7.3.2 trusts the name "EST" and not the rules in the file: a summer visit in New York is an hour off there.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check vobject==0.9.9 icalendar==7.3.2 tzdata==2026.6
"$place/bin/python" - <<'END'
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

import icalendar
import vobject

calendar = vobject.iCalendar()
meant = {}
for zone in ["America/New_York", "America/Jamaica"]:
    meant[zone] = datetime(2026, 7, 9, 10, tzinfo=ZoneInfo(zone))
    event = calendar.add("vevent")
    event.add("summary").value = zone
    event.add("dtstart").value = meant[zone]
written = calendar.serialize()
by_vobject = {e.summary.value: e.dtstart.value for e in vobject.readOne(written).vevent_list}
by_icalendar = {str(e["SUMMARY"]): e["DTSTART"].dt for e in icalendar.Calendar.from_ical(written).walk("VEVENT")}
off = {
    (reader, zone): (seen[zone].astimezone(UTC) - meant[zone].astimezone(UTC)).total_seconds() / 3600
    for reader, seen in [("vobject", by_vobject), ("icalendar", by_icalendar)]
    for zone in meant
}
print(f"vobject {version('vobject')}, icalendar {version('icalendar')}: hours off: {off}")
assert off == {
    ("vobject", "America/New_York"): 0,
    ("vobject", "America/Jamaica"): -1,
    ("icalendar", "America/New_York"): 1,
    ("icalendar", "America/Jamaica"): 0,
}, off
END
