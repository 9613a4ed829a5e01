#!/usr/bin/env bash
# ics 0.7.3: reads an invitation that asks for an answer (ATTENDEE;RSVP=TRUE, as Outlook and Google send it), and cannot write it again:
# TypeError, because TRUE was made a bool. A reminder relative to the END of a visit is written back relative to its start, without a word.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check ics==0.7.3
"$place/bin/python" - <<'END'
from importlib.metadata import version

from ics import Calendar

VISIT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Sample//Visit//EN
BEGIN:VEVENT
UID:visit@example.org
DTSTAMP:20260301T000000Z
DTSTART:20260309T140000Z
DURATION:PT2H
SUMMARY:Visit
%s
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
asking = Calendar(VISIT % "ATTENDEE;RSVP=TRUE:mailto:family@example.org")
try:
    asking.serialize()
except TypeError as error:
    print(f"ics {version('ics')}: RSVP=TRUE read, not written: TypeError: {error}")
else:
    raise SystemExit("written now")
alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Leave\r\nTRIGGER;RELATED=END:-PT30M\r\nEND:VALARM"
written = [line for line in Calendar(VISIT % alarm).serialize().splitlines() if line.startswith("TRIGGER")]
print(f"TRIGGER;RELATED=END:-PT30M written back as {written}")
assert written == ["TRIGGER:-PT30M"], written
END
