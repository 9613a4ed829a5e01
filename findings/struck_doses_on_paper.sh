#!/usr/bin/env bash
# What was struck out of a text on its way to paper. fpdf2 2.8.9 (write_html) goes on striking after </del> to the end of the paragraph: the new dose beside a struck
# one is struck too; <s> ends where it should, <strike> strikes nothing. Of two that make Word of the same HTML, htmldocx 0.0.6
# strikes <s> and not <del>, so the old dose stands as if it held; html-for-docx 1.2.1 strikes both. (HTML, 4.7.2.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check fpdf2==2.8.9 htmldocx==0.0.6 html-for-docx==1.2.1 python-docx==1.2.0 pymupdf==2.0
"$place/bin/python" - <<'END'
import docx
import pymupdf
from fpdf import FPDF
from html4docx import HtmlToDocx as Successor
from htmldocx import HtmlToDocx


def struck_in_pdf(html: str) -> str:
    paper = FPDF()
    paper.add_page()
    paper.set_font("Helvetica", size=14)
    paper.write_html(html)
    page = pymupdf.open(stream=bytes(paper.output()))[0]
    lines = [drawing["rect"] for drawing in page.get_drawings()]
    return " ".join(word[4] for word in page.get_text("words") if any(line.x0 < (word[0] + word[2]) / 2 < line.x1 for line in lines))


def word(converter, html: str) -> docx.document.Document:
    document = docx.Document()
    converter().add_html_to_document(html, document)
    return document


def struck_in_word(converter, html: str) -> str:
    return " ".join(run.text for part in word(converter, html).paragraphs for run in part.runs if run.font.strike)


seen = {}
for mark in ("del", "s", "strike"):
    html = f"<p>Give <{mark}>50 mg</{mark}> 5 mg at night</p>"
    seen[mark] = [struck_in_pdf(html), struck_in_word(HtmlToDocx, html), struck_in_word(Successor, html)]
    print(mark, *seen[mark], sep=" | ")
assert seen == {
    "del": ["50 mg 5 mg at night", "", "50 mg"],
    "s": ["50 mg", "50 mg", "50 mg"],
    "strike": ["", "", ""],
}, seen
END
