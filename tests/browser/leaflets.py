"""The leaflet of every condition, in both languages, on the paper of both worlds: two sheets each.

`make leaflets` prints them all into `var/leaflets` and says which are longer; a test prints a few.
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.engines import CHROMIUM, FLAGS
from tests.site import ROOT, site

FOLDER = ROOT / "var" / "leaflets"
PAPERS = ("Letter", "A4")


def sheets(pdf):
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def conditions(page, address):
    """The slugs of all of them."""
    links = re.findall(r'href="/conditions/([a-z0-9-]+)/"', page.request.get(f"{address}/conditions/").text())
    return sorted(set(links))


def print_all(page, address):
    """(address, paper, sheets) of every leaflet; the PDFs stay in `FOLDER`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for slug in conditions(page, address):
        for language in ("", "/es"):
            page.goto(f"{address}{language}/conditions/{slug}/")
            for paper in PAPERS:
                name = f"{slug}-{language.strip('/') or 'en'}-{paper}.pdf".lower()
                pdf = page.pdf(format=paper, print_background=True, path=FOLDER / name)
                yield f"{language}/conditions/{slug}/", paper, sheets(pdf)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        printed = list(print_all(browser.new_page(), running.address))
        browser.close()
    long = [each for each in printed if each[2] != 2]
    for address, paper, count in long:
        print(f"{address} on {paper}: {count} sheets")
    print(f"{len(printed)} leaflets in {FOLDER.relative_to(ROOT)}, {len(printed) - len(long)} of two sheets")
    sys.exit(bool(long))
