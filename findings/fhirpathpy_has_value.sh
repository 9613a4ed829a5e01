#!/usr/bin/env bash
# fhirpathpy 2.2.4 (FHIRPath) does not know hasValue(), which FHIR R4 defines (hl7.org/fhir/R4/fhirpath.html#functions) and its
# own invariants use: per-1, that a period does not end before it starts, cannot be evaluated and raises a bare Exception.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check fhirpathpy==2.2.4
"$place/bin/python" - <<'END'
from importlib.metadata import version

import fhirpathpy

period = {"start": "2026-12-01T00:00:00-05:00", "end": "2026-11-01T00:00:00-05:00"}
per_1 = "start.hasValue().not() or end.hasValue().not() or (start <= end)"
try:
    found = fhirpathpy.evaluate(period, per_1)
except Exception as error:
    print(f"fhirpathpy {version('fhirpathpy')}: {per_1}: {type(error).__name__}: {error}")
    assert "hasValue" in str(error), error
else:
    raise SystemExit(f"per-1 answers now: {found}")
END
