#!/usr/bin/env bash
# fhirpathpy 2.2.4 (FHIRPath): adding to the start of an appointment goes wrong unless the time has fractions of a second.
# + 1 hour raises UnboundLocalError for a time with an offset, which is how FHIR writes an instant.
# + 1 day answers in UTC and leaves the offset out: 1:30 in the morning in New York becomes "05:30:00", which reads as local.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
"$place/bin/python" - <<'END'
from importlib.metadata import version

import fhirpathpy

visit = {"resourceType": "Appointment", "start": "2026-03-10T01:30:00-04:00"}
try:
    fhirpathpy.evaluate(visit, "Appointment.start + 1 hour")
except UnboundLocalError as error:
    print(f"fhirpathpy {version('fhirpathpy')}: start + 1 hour: UnboundLocalError: {error}")
else:
    raise SystemExit("start + 1 hour answers now")
day = fhirpathpy.evaluate(visit, "Appointment.start + 1 day")
print(f"start {visit['start']} + 1 day -> {day}")
assert day == ["2026-03-11T05:30:00"], day
with_fractions = fhirpathpy.evaluate(visit | {"start": "2026-03-10T01:30:00.000-04:00"}, "Appointment.start + 1 hour")
print(f"with fractions, + 1 hour -> {with_fractions}")
assert with_fractions == ["2026-03-10T06:30:00.000+00:00"], with_fractions
END
