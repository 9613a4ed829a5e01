#!/usr/bin/env bash
# cmarkgfm 2025.10.22 (GitHub's Markdown): two ranges written with a tilde, as in much of Asia, strike out the dose between them:
# "5~10 mg in the morning and 2~4 mg at night" leaves "5" and "4 mg". One tilde is enough there (GFM 0.29, 6.5), even inside a word.
# markdown-it-py 4.3.0 and mistune 3.4.0 with their strikethrough leave the text as it is.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check cmarkgfm==2025.10.22 markdown-it-py==4.3.0 mistune==3.4.0
"$place/bin/python" - <<'END'
from importlib.metadata import version

import cmarkgfm
import mistune
from markdown_it import MarkdownIt

dose = "Give 5~10 mg in the morning and 2~4 mg at night."
seen = {
    "cmarkgfm": cmarkgfm.github_flavored_markdown_to_html(dose).strip(),
    "markdown-it-py": MarkdownIt("commonmark").enable("strikethrough").render(dose).strip(),
    "mistune": mistune.create_markdown(plugins=["strikethrough"])(dose).strip(),
}
for name, html in seen.items():
    print(f"{name} {version(name)}: {html}")
kept = f"<p>{dose}</p>"
assert seen == {
    "cmarkgfm": "<p>Give 5<del>10 mg in the morning and 2</del>4 mg at night.</p>",
    "markdown-it-py": kept,
    "mistune": kept,
}, seen
END
