#!/usr/bin/env bash
# A range of doses that a line of print parts at its hyphen ("5-" at the end of one line, "10 mg" on the next) becomes one dose in two packages, which take the
# hyphen for a word's. PyMuPDF 2.0 finds "510 mg" in such a PDF, where no page says it, with search_for as it comes, and extracts it with TEXT_DEHYPHENATE;
# gTTS 2.5.4, which has texts read aloud, says "510 mg". pypdf 7.1.1 and PyMuPDF's plain text keep the hyphen and the break.
# (Seen too, not run here: pdftotext of poppler-utils 22.12 without -raw or -layout.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check fpdf2==2.8.9 gTTS==2.5.4 pymupdf==2.0 pypdf==7.1.1
"$place/bin/python" - <<'END'
import io

import pymupdf
from fpdf import FPDF
from gtts.tokenizer.pre_processors import end_of_line
from pypdf import PdfReader

paper = FPDF()
paper.add_page()
paper.set_font("Helvetica", size=12)
paper.text(20, 20, "Give 5-")
paper.text(20, 26, "10 mg at night.")
pdf = bytes(paper.output())
page = pymupdf.open(stream=pdf)[0]
seen = {
    "PyMuPDF, plain": page.get_text().strip(),
    "PyMuPDF, TEXT_DEHYPHENATE": page.get_text(flags=pymupdf.TEXT_DEHYPHENATE).strip(),
    "PyMuPDF, search_for('510 mg')": bool(page.search_for("510 mg")),
    "pypdf": PdfReader(io.BytesIO(pdf)).pages[0].extract_text(),
    "gTTS": end_of_line("Give 5-\n10 mg at night."),
}
for tool, text in seen.items():
    print(f"{tool}: {text!r}")
assert seen == {
    "PyMuPDF, plain": "Give 5-\n10 mg at night.",
    "PyMuPDF, TEXT_DEHYPHENATE": "Give 510 mg at night.",
    "PyMuPDF, search_for('510 mg')": True,
    "pypdf": "Give 5-\n10 mg at night.",
    "gTTS": "Give 510 mg at night.",
}, seen
END
