#!/usr/bin/env bash
# Two packages that turn spoken numbers into figures change doses, without an error. text2digits 0.1.2 joins a count and a strength ("two fifty milligram
# tablets" is 250 milligram) and makes an order a count ("second dose" is "2 dose"). word2number 1.1 drops halves ("two and a half" is 2, "one half" is 1)
# and adds a range up ("twenty five to thirty" is 130).
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check text2digits==0.1.2 word2number==1.1
"$place/bin/python" - <<'END'
from text2digits import text2digits
from word2number import w2n

spoken = ["take two fifty milligram tablets", "second dose after four hours"]
seen = {words: text2digits.Text2Digits().convert(words) for words in spoken}
seen |= {words: str(w2n.word_to_num(words)) for words in ["two and a half", "one half", "twenty five to thirty", "two point five"]}
for words, read in seen.items():
    print(f"{words} -> {read}")
assert seen == {
    "take two fifty milligram tablets": "take 250 milligram tablets",
    "second dose after four hours": "2 dose after 4 hours",
    "two and a half": "2",
    "one half": "1",
    "twenty five to thirty": "130",
    "two point five": "2.5",
}, seen
END
