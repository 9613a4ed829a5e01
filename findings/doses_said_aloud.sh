#!/usr/bin/env bash
# inflect 7.6.0 says numbers in words (number_to_words). What is not one plain number becomes another number, without an error: half a tablet ("1/2") is twelve, a
# range ("5-10") five hundred and ten, "1½" one, "½" zero, and a decimal comma is dropped ("0,5" is five). Its article before an age is wrong too: "a 8-year-old".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check inflect==7.6.0
"$place/bin/python" - <<'END'
import inflect

engine = inflect.engine()
seen = {written: engine.number_to_words(written) for written in ["1/2", "5-10", "1½", "½", "0,5", "0.5", "2.50"]}
seen["8-year-old"] = engine.a("8-year-old")
for written, said in seen.items():
    print(f"{written} -> {said}")
assert seen == {
    "1/2": "twelve",
    "5-10": "five hundred and ten",
    "1½": "one",
    "½": "zero",
    "0,5": "five",
    "0.5": "zero point five",
    "2.50": "two point five zero",
    "8-year-old": "a 8-year-old",
}, seen
END
