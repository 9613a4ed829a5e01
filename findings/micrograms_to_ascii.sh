#!/usr/bin/env bash
# Five packages that make ASCII of text, for addresses, file names, text messages and search, turn micrograms into milligrams: the Greek letter mu (U+03BC) becomes m,
# so "5 μg" is "5 mg" and "μmol/L" is "mmol/L". Unicode's own normalization (NFKC) makes that letter of the micro sign (U+00B5), whose "u" three of them keep.
# python-slugify 9.2.0 normalizes first, so both are m there, and it drops a decimal comma ("2,5 mg" is "25-mg"). text-unidecode 1.3 and anyascii 0.3.3 join a
# number and its fraction ("1½" is "11/2"); all lose a power ("10⁹" is "109"). Unidecode 1.4.0 and clean-text 0.7.1 put a space before a fraction.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check Unidecode==1.4.0 text-unidecode==1.3 anyascii==0.3.3 clean-text==0.7.1 python-slugify==9.2.0
"$place/bin/python" - <<'END'
from importlib.metadata import version

from anyascii import anyascii
from cleantext import clean
from slugify import slugify
from text_unidecode import unidecode as text_unidecode
from unidecode import unidecode

texts = ["5 \u03bcg", "5 \u00b5g", "\u03bcmol/L", "1½ tablets", "10⁹/L", "2,5 mg"]
seen = {name: [ascii(text) for text in texts] for name, ascii in {
    "Unidecode": unidecode, "text-unidecode": text_unidecode, "anyascii": anyascii, "clean-text": lambda text: clean(text, lower=False), "python-slugify": slugify,
}.items()}
for name, written in seen.items():
    print(name, version(name), *written, sep=" | ")
assert seen == {
    "Unidecode": ["5 mg", "5 ug", "mmol/L", "1 1/2 tablets", "109/L", "2,5 mg"],
    "text-unidecode": ["5 mg", "5 ug", "mmol/L", "11/2 tablets", "109/L", "2,5 mg"],
    "anyascii": ["5 mg", "5 ug", "mmol/L", "11/2 tablets", "109/L", "2,5 mg"],
    "clean-text": ["5 mg", "5 ug", "mmol/L", "1 1/2 tablets", "109/L", "2,5 mg"],
    "python-slugify": ["5-mg", "5-mg", "mmol-l", "11-2-tablets", "109-l", "25-mg"],
}, seen
END
