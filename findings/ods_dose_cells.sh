#!/usr/bin/env bash
# A cell of an OpenDocument sheet may hold a line break or a tab as an element, <text:line-break/> and <text:tab/> (OpenDocument 1.3,
# part 3, 6.1.5 and 6.1.4). Two readers of data frames leave them out, so that a count of tablets and a strength become one number:
# python-calamine 0.9.1 reads "2", line break, "50 mg" as "250 mg", and "2", tab, "50 mg" too; pandas 3.1.1 with its own reader
# (engine="odf", odfpy 1.4.1) keeps the line break and loses the tab. pyexcel-ods3 0.6.1 keeps both. Nobody warns.
set -euo pipefail
place=$(mktemp -d); trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 odfpy==1.4.1 python-calamine==0.9.1 pyexcel-ods3==0.6.1
"$place/bin/python" - "$place/doses.ods" <<'PY'
import sys

import pandas
import pyexcel_ods3
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P, Tab

path = sys.argv[1]
document, table = OpenDocumentSpreadsheet(), Table(name="Doses")
for between in (None, LineBreak, Tab):
    paragraph = P(text="dose" if between is None else "2")
    if between:
        paragraph.addElement(between())
        paragraph.addText("50 mg")
    row, cell = TableRow(), TableCell(valuetype="string")
    cell.addElement(paragraph)
    row.addElement(cell)
    table.addElement(row)
document.spreadsheet.addElement(table)
document.save(path)

found = {f"pandas, {engine}": list(pandas.read_excel(path, engine=engine)["dose"]) for engine in ("odf", "calamine")}
found["pyexcel-ods3"] = [row[0] for row in pyexcel_ods3.get_data(path)["Doses"][1:]]
for name, each in found.items():
    print(f"{name:18} {each}")
assert found == {
    "pandas, odf": ["2\n50 mg", "250 mg"],
    "pandas, calamine": ["250 mg", "250 mg"],
    "pyexcel-ods3": ["2\n50 mg", "2\t50 mg"],
}, found
PY
