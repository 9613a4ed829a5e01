#!/usr/bin/env bash
# pint 0.25.3 (quantities with units) reads a dose as people write it as another dose, without an error:
# a decimal comma is dropped ("2,5 mg" is 25 mg, "0,5 mg" is 0), a range with an en dash is multiplied ("5–10 mg" is 50 mg),
# and so are a number and its fraction ("1 1/2 mg" is 0.5 mg) and groups of digits ("2 500 mg" is 1000 mg).
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check pint==0.25.3
"$place/bin/python" - <<'END'
from importlib.metadata import version

import pint

registry = pint.UnitRegistry()
seen = {text: str(registry(text)) for text in ["2.5 mg", "2,5 mg", "0,5 mg", "5–10 mg", "1 1/2 mg", "2 500 mg"]}
for text, read in seen.items():
    print(f"pint {version('pint')}: {text!r} -> {read}")
assert seen == {
    "2.5 mg": "2.5 milligram",
    "2,5 mg": "25 milligram",
    "0,5 mg": "0 milligram",
    "5–10 mg": "50 milligram",
    "1 1/2 mg": "0.5 milligram",
    "2 500 mg": "1000 milligram",
}, seen
END
