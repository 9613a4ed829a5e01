#!/usr/bin/env bash
# phonenumbers 9.0.43 (Google's libphonenumber): what a hospital writes behind its number is dialled.
# "option 2" is read as the keys 6-7-8-4-6-6-2 behind the number, without an error (only is_valid_number says no); the number spelled a second
# time in letters behind it raises. The matcher for running text takes the plain number, but never one that is spelled in letters.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$place/bin/python" - <<'END'
import phonenumbers as pn
from importlib.metadata import version


def parsed(text):
    try:
        number = pn.parse(text, "US")
    except pn.NumberParseException as error:
        return type(error).__name__
    return pn.format_number(number, pn.PhoneNumberFormat.E164)


TEXTS = ["212-606-1555 option 2", "1-877-606-1555 (1-877-HSS-1555)", "1-877-HSS-1555"]
seen = {text: (parsed(text), [match.raw_string for match in pn.PhoneNumberMatcher(text, "US")]) for text in TEXTS}
for text, result in seen.items():
    print(f"phonenumbers {version('phonenumbers')}: {text!r}: parse {result[0]}, matcher {result[1]}")
assert seen == {
    TEXTS[0]: ("+121260615556784662", ["212-606-1555"]),
    TEXTS[1]: ("NumberParseException", ["1-877-606-1555"]),
    TEXTS[2]: ("+18774771555", []),
}, seen
END
