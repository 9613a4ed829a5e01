#!/usr/bin/env bash
# hl7apy 1.3.5 (HL7 v2 messages): a line break does not survive, in either direction.
# A note that holds the standard break \.br\ is read and written again as \E\.br\E\, which the next system shows as letters.
# A carriage return in a value is written raw, so that its second line stands where a segment begins.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check hl7apy==1.3.5
"$place/bin/python" - <<'END'
from importlib.metadata import version

from hl7apy.core import Segment
from hl7apy.parser import parse_segment

read = parse_segment(r"NTE|1||Call us\.br\after 5\T\6", version="2.5.1").to_er7()
note = Segment("NTE", version="2.5.1")
note.nte_3 = "Give 5 mg\rtwice a day"
written = note.to_er7()
print(f"hl7apy {version('hl7apy')}: read and written again: {read!r}; set and written: {written!r}")
assert read == r"NTE|1||Call us\E\.br\E\after 5\T\6", read
assert written == "NTE|||Give 5 mg\rtwice a day", written
END
