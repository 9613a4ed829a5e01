#!/usr/bin/env bash
# trafilatura 2.3.1, which feeds search indexes and language models with the text of web pages, leaves a warning out as soon as it stands in <aside>, <fieldset>
# or <div class="banner">, inside the article too, and also with favor_recall. What a page says was deleted (<del>) it keeps in plain text, beside what
# replaced it: "Take 50 5 mg". The same warning in a <section>, role="alert" or class="warning" stays. (HTML, 4.7.2: del is a removal from the document.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check trafilatura==2.3.1 lxml_html_clean
"$place/bin/python" - <<'END'
from importlib.metadata import version

import trafilatura

TEXT = "<p>" + "Children with this condition often have pain in the bones that comes and goes over months. " * 3 + "</p>"
WARNING = "<h2>When to call</h2><p>Call 911 if your child is hard to wake.</p>"
DOSE = "<p>Take <del>50</del> <ins>5</ins> mg.</p>"
BOXES = ["section", 'div role="alert"', 'div class="warning"', "aside", "fieldset", 'div class="banner"']


def read(box: str) -> str:
    inside = f"<h1>Sore bones</h1>{TEXT}<{box}>{WARNING}</{box.split()[0]}>{DOSE}{TEXT}"
    page = f"<!doctype html><html lang=en><title>Sore bones</title><body><main><article>{inside}</article></main></body></html>"
    return trafilatura.extract(page, favor_recall=True)


seen = {box: "Call 911" in read(box) for box in BOXES}
for box, kept in seen.items():
    print(f"trafilatura {version('trafilatura')}: the warning in <{box}> is {'kept' if kept else 'left out'}")
assert list(seen.values()) == [True, True, True, False, False, False], seen
assert "Take 50 5 mg." in read("section")
END
