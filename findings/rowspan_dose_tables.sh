#!/usr/bin/env bash
# A dose table whose first column spans two rows (Word and Docs make it so) loses its columns in three converters from HTML to text:
# the second row's weight stands under "Age" and its dose under "Weight". markdownify 1.2.3, html2text 2025.4.15 and inscriptis 2.7.6 alike.
# The first two keep the table as a table, so nothing shows that 75 mg is a dose.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check markdownify==1.2.3 html2text==2025.4.15 inscriptis==2.7.6
"$place/bin/python" - <<'END'
from importlib.metadata import version

import html2text
import inscriptis
import markdownify

TABLE = (
    "<table><tr><th>Age</th><th>Weight</th><th>Dose</th></tr>"
    '<tr><td rowspan="2">2 to 5</td><td>10 kg</td><td>50 mg</td></tr><tr><td>15 kg</td><td>75 mg</td></tr></table>'
)
for name, convert in [("markdownify", markdownify.markdownify), ("html2text", html2text.html2text), ("inscriptis", inscriptis.get_text)]:
    last = convert(TABLE).rstrip().splitlines()[-1]
    cells = [cell.strip() for cell in last.strip("| ").replace("  ", "|").split("|") if cell.strip()]
    print(f"{name} {version(name)}: last row {last!r}")
    assert cells == ["15 kg", "75 mg"] and not last.startswith(("|  ", " ")), last
END
