import csv
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def csv_file(name: str, rows: Iterable[Iterable[Any]]) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)  # spreadsheets then read UTF-8
    csv.writer(response).writerows(rows)
    return response


def escape_formula(cell: str) -> str:
    """With a quote in front where a spreadsheet would take it for a formula; without NUL, which no CSV may hold."""
    return f"'{cell}".replace("\x00", "") if cell.startswith(DANGER) else cell.replace("\x00", "")
