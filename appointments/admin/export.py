"""Selected requests as CSV for a scheduling desk. A hand-over file: nothing is booked until staff book it."""

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from appointments.models import Request
from foundation.audit.actions import record
from foundation.privacy.columns import Column
from foundation.publishing.verbs import staff

MOST = 1000
PLAIN = ["reference", "status", "received_at", "due_at", "department", "condition", "asker", "visit", "mode", "state"]
PERSONAL = [
    name for name, column in Request.columns.items() if column is Column.PERSONAL and name not in {"wishes", "contact"}
]
DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def as_csv(request: HttpRequest, rows: Any) -> HttpResponse:
    """The download; every request in it leaves an audit record."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="requests.csv"'
    response.write("\ufeff")  # spreadsheets then read it as UTF-8
    writer = csv.writer(response)
    writer.writerow([*PLAIN, *PERSONAL])
    for row in rows[:MOST]:
        record(by=staff(request), verb="exported", obj=row, fields=PERSONAL)
        writer.writerow([harmless(_text(getattr(row, name))) for name in (*PLAIN, *PERSONAL)])
    return response


def harmless(cell: str) -> str:
    """With a quote in front where a spreadsheet would take it for a formula; without NUL, which no CSV may hold."""
    return f"'{cell}".replace("\x00", "") if cell.startswith(DANGER) else cell.replace("\x00", "")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return timezone.localtime(value).isoformat(timespec="minutes") if hasattr(value, "tzinfo") else str(value)
