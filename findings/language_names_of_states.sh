#!/usr/bin/env bash
# langcodes 3.5.1 with language-data 1.4.0: two names that US hospitals must print in their list of free language help are found as another language,
# without an error. "French Creole" (the name of Haitian Creole in many state lists) is French, "Karen" and "Karenni" (Burma's refugees) are Kari, which is
# spoken in the Congo. A page marked so is read aloud in the wrong language. "Haitian Creole" and "S'gaw Karen" are found rightly. (45 CFR 92.11.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check langcodes==3.5.1 language-data==1.4.0
"$place/bin/python" - <<'END'
from importlib.metadata import version

import langcodes

names = ["Haitian Creole", "French Creole", "S'gaw Karen", "Karen", "Karenni"]
seen = {name: f"{found.to_tag()} {found.display_name()}" for name in names for found in [langcodes.find(name)]}
for name, language in seen.items():
    print(f"langcodes {version('langcodes')}: {name} -> {language}")
assert seen == {
    "Haitian Creole": "ht Haitian Creole",
    "French Creole": "fr French",
    "S'gaw Karen": "ksw S'gaw Karen",
    "Karen": "kbj Kari",
    "Karenni": "kbj Kari",
}, seen
END
