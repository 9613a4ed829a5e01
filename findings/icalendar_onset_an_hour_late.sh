#!/usr/bin/env bash
# icalendar 7.3.2 writes the wrong onset of summer time into the VTIMEZONE that it makes for an event (`add_missing_timezones`).
# RFC 5545, 3.6.5: the DTSTART of a part is on the clock before the change (TZOFFSETFROM). New York changes at 02:00 standard
# time, which is 07:00 UTC; icalendar writes 03:00, the clock after it, which is 08:00 UTC. The way back in autumn is right.
# python-dateutil compares with the clock on the wall and so reads it as meant; whoever follows the standard's words is an hour late.
set -euo pipefail
place=$(mktemp -d); trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check icalendar==7.3.2 python-dateutil==2.9.0.post0 tzdata==2026.6
"$place/bin/python" - <<'PY'
import io
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from zoneinfo import ZoneInfo

import icalendar
from dateutil.tz import tzical

new_york = ZoneInfo("America/New_York")
visit = datetime(2026, 3, 8, 3, 30, tzinfo=new_york)  # half an hour after the clocks went forward
calendar = icalendar.Calendar()
event = icalendar.Event()
event.add("dtstart", visit)
calendar.add_component(event)
calendar.add_missing_timezones()
written = calendar.to_ical().decode().replace("\r\n ", "")
summer = written.partition("BEGIN:DAYLIGHT")[2].partition("END:DAYLIGHT")[0]
onset = next(part for part in summer.replace("\r\n", ",").replace(":", ",").split(",") if part.startswith("20260308"))
winter = written.partition("TZOFFSETFROM:-0400")[0].rpartition("BEGIN:STANDARD")[2]
back = next(part for part in winter.replace("\r\n", ",").replace(":", ",").split(",") if part.startswith("20261101"))
by_standard = datetime.strptime(f"{onset}-0500", "%Y%m%dT%H%M%S%z").astimezone(UTC)
changes = next(
    hour for n in range(24) if (hour := datetime(2026, 3, 8, n, tzinfo=UTC)).astimezone(new_york).utcoffset() == timedelta(hours=-4)
)
late = (by_standard - changes).total_seconds() / 3600
by_dateutil = visit.replace(tzinfo=tzical(io.StringIO(written)).get("America/New_York"))
off = (by_dateutil.astimezone(UTC) - visit.astimezone(UTC)).total_seconds() / 60

print(f"icalendar {version('icalendar')}: summer time from {onset} at -0500, {late:.0f} hour late; back at {back} at -0400")
print(f"python-dateutil {version('python-dateutil')} reads {visit:%H:%M} of that day {off:.0f} minutes off")
assert (onset, late, back, off) == ("20260308T030000", 1.0, "20261101T020000", 0.0), (onset, late, back, off)
PY
