#!/usr/bin/env bash
# pyspellchecker 0.9.1: its word lists lack rheumatology, in both languages of a US hospital, and "correct" it to another department:
# rheumatologist -> hematologist, reumatología -> dermatología. Spanish plurals are missing as well (huesos, rodillas, fiebres), and
# esteroides becomes asteroide. So its list alone cannot tell whether a word that a family typed is a real word.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check pyspellchecker==0.9.1
"$place/bin/python" - <<'END'
from importlib.metadata import version

from spellchecker import SpellChecker

MEANT = {
    "en": {"rheumatology": "hematology", "rheumatologist": "hematologist"},
    "es": {"reumatología": "dermatología", "huesos": "hueso", "esteroides": "asteroide"},
}
for language, words in MEANT.items():
    checker = SpellChecker(language=language)
    seen = {word: checker.correction(word) for word in words}
    print(f"pyspellchecker {version('pyspellchecker')} {language}: {seen}")
    assert checker.known(words) == set(), checker.known(words)
    assert seen == words, seen
END
