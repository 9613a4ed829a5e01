#!/usr/bin/env bash
# recurrent 0.4.1 makes a rule of a calendar from words ("every 8 hours"). A rule with a length becomes another rule: "every 6 hours for 5 days" is every five days,
# without an error, so a medicine that is due twenty times is due once. "daily except sunday" leaves out the next Sunday alone;
# "twice a day" and "three times a week" are not understood (None), which is honest. (RFC 5545, 3.3.10: FREQ=HOURLY;INTERVAL=6;COUNT=20 would say the first.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check recurrent==0.4.1
"$place/bin/python" - <<'END'
from datetime import datetime

from recurrent.event_parser import RecurringEvent

seen = {words: (RecurringEvent(now_date=datetime(2026, 6, 10, 9)).parse(words) or "").partition("T0")[0] for words in [
    "every 6 hours", "every 6 hours for 5 days", "daily except sunday", "twice a day",
]}
for words, rule in seen.items():
    print(f"{words} -> {rule!r}")
assert seen == {
    "every 6 hours": "RRULE:INTERVAL=6;FREQ=HOURLY",
    "every 6 hours for 5 days": "RRULE:INTERVAL=5;FREQ=DAILY",
    "daily except sunday": "RRULE:INTERVAL=1;FREQ=DAILY\nEXDATE:20260614",
    "twice a day": "",
}, seen
END
