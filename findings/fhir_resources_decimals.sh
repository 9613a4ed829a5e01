#!/usr/bin/env bash
# fhir.resources 8.3.0: a decimal is not written as it was read, although FHIR says that its precision must be kept
# (hl7.org/fhir/datatypes.html#decimal: 0.010 is another value than 0.01). 0.50 mg becomes 0.5 mg, and a long number loses its last digits.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check fhir.resources==8.3.0 fhir_core==1.1.12 pydantic==2.14.4
"$place/bin/python" - <<'END'
import json
from importlib.metadata import version

from fhir.resources.quantity import Quantity

seen = {}
for digits in ["0.50", "0.010", "12345678901234567.89"]:
    text = '{"value":%s,"unit":"mg"}' % digits
    seen[digits] = Quantity.model_validate_json(text).model_dump_json()
    print(f"fhir.resources {version('fhir.resources')}: {text} -> {seen[digits]}")
assert seen == {
    "0.50": '{"value":0.5,"unit":"mg"}',
    "0.010": '{"value":0.01,"unit":"mg"}',
    "12345678901234567.89": '{"value":12345678901234568,"unit":"mg"}',
}, seen
END
