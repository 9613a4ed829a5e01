#!/usr/bin/env bash
# symspellpy 6.10.1 mends the spelling of whole phrases (lookup_compound, with the English word list that it ships) and replaces numbers and units by common words:
# "take 50 mg" becomes "take of my", "call 212 555 0142" becomes "call a of a of of of". With ignore_non_words whole numbers stay, but mg is "my", kg is "pkg",
# "25mg" is "of my" and 38.5 becomes "38 5". So it must see no word that holds a figure, and no unit.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check symspellpy==6.10.1
"$place/bin/python" - <<'END'
from importlib.resources import files

from symspellpy import SymSpell

speller = SymSpell()
speller.load_dictionary(str(files("symspellpy") / "frequency_dictionary_en_82_765.txt"), 0, 1)
seen = {
    typed: [speller.lookup_compound(typed, 2, ignore_non_words=ignore)[0].term for ignore in (False, True)]
    for typed in ["take 50 mg of methotrexate", "25mg twice a day", "weight 12 kg", "stop at 38.5 C", "call 212 555 0142"]
}
for typed, mended in seen.items():
    print(typed, *mended, sep=" | ")
assert seen == {
    "take 50 mg of methotrexate": ["take of my of methotrexate", "take 50 my of methotrexate"],
    "25mg twice a day": ["of my twice a day", "of my twice a day"],
    "weight 12 kg": ["weight pkg", "weight 12 pkg"],
    "stop at 38.5 C": ["stop at of pc", "stop at 38 5 a"],
    "call 212 555 0142": ["call a of a of of of", "call 212 555 0142"],
}, seen
END
