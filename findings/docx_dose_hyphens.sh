#!/usr/bin/env bash
# Word writes the non-breaking hyphen of "5-10 mg" (Ctrl+Shift+_) as an element of its own, <w:noBreakHyphen/>, not as a letter
# (ISO/IEC 29500-1, 17.3.3.18). docx2txt 0.9 and docx2python 3.7.1 leave it out: a range of doses becomes one dose, "510 mg".
# Of the elements that part text without being text, <w:cr/> (17.3.3.4) and <w:ptab/> (17.3.3.23), docx2python, mammoth 1.13.0
# and markitdown 0.1.9 lose both, docx2txt the second: "2" and "50 mg" on two lines become "250 mg". python-docx 1.2.0 keeps all
# three. None warns but mammoth, which names the two in its messages; markitdown, which uses mammoth, does not pass them on.
set -euo pipefail
place=$(mktemp -d); trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check docx2txt==0.9 docx2python==3.7.1 python-docx==1.2.0 mammoth==1.13.0 'markitdown[docx]==0.1.9'
"$place/bin/python" - "$place/doses.docx" <<'PY'
import sys

import docx
import docx2txt
import mammoth
from docx.oxml import OxmlElement
from docx2python import docx2python
from markitdown import MarkItDown

path = sys.argv[1]
document = docx.Document()
for before, between, after in (("Give 5", "noBreakHyphen", "10 mg"), ("2", "cr", "50 mg"), ("2", "ptab", "50 mg")):
    run = document.add_paragraph().add_run(before)
    run._r.append(OxmlElement(f"w:{between}"))
    rest = OxmlElement("w:t")
    rest.text = after
    run._r.append(rest)
document.save(path)


def lines(text):
    return [line for line in text.replace("\N{NON-BREAKING HYPHEN}", "-").split("\n\n") if line.strip()]


with open(path, "rb") as file:
    raw = mammoth.extract_raw_text(file)
with docx2python(path) as read:
    by_docx2python = lines(read.text)
found = {
    "docx2txt": lines(docx2txt.process(path)),
    "docx2python": by_docx2python,
    "mammoth": lines(raw.value),
    "markitdown": lines(MarkItDown().convert(path).text_content),
    "python-docx": [paragraph.text for paragraph in docx.Document(path).paragraphs],
}
for name, each in found.items():
    print(f"{name:12} {each}")
print("mammoth says:", sorted({message.message for message in raw.messages}))
joined = {name: [each for each in texts if "510" in each or "250" in each] for name, texts in found.items()}
assert joined == {
    "docx2txt": ["Give 510 mg", "250 mg"],
    "docx2python": ["Give 510 mg", "250 mg", "250 mg"],
    "mammoth": ["250 mg", "250 mg"],
    "markitdown": ["250 mg", "250 mg"],
    "python-docx": [],
}, joined
PY
