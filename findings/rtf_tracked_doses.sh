#!/usr/bin/env bash
# striprtf 0.0.35 (RTF, in which record systems keep letters): what was deleted while changes were tracked (\deleted, RTF 1.9.1) is kept and touches what
# replaced it, so "10 mg" for a struck "5 mg" reads "5 mg10 mg"; hidden text (\v) is shown; and a column break (\column) is nothing at all: the
# number of a list and the dose on top of the next column become one number. Its other breaks (\line, \tab, \page, \sect, \cell) part what they should.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check striprtf==0.0.35
"$place/bin/python" - <<'END'
from importlib.metadata import version

from striprtf.striprtf import rtf_to_text

bodies = {
    "tracked change": r"Take {\deleted 5 mg}{\revised 10 mg} a day.",
    "hidden text": r"Take 10 mg.{\v  Ask Kim.}",
    "column break": r"Tablets: 2\column 50 mg each",
    "page break": r"Tablets: 2\page 50 mg each",
}
seen = {what: rtf_to_text(r"{\rtf1\ansi\ansicpg1252 " + body + "}") for what, body in bodies.items()}
for what, text in seen.items():
    print(f"striprtf {version('striprtf')}: {what}: {text!r}")
assert seen == {
    "tracked change": "Take 5 mg10 mg a day.",
    "hidden text": "Take 10 mg. Ask Kim.",
    "column break": "Tablets: 250 mg each",
    "page break": "Tablets: 2\n\n50 mg each",
}, seen
END
