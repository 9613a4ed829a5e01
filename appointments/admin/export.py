"""Selected requests as CSV for a scheduling desk. A hand-over file: nothing is booked until staff book it."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.models import Request
from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from foundation.privacy.columns import Column

MOST = 1000
NAMED = 10  # references in the message; all of them stand in the file
PLAIN = [
    "reference",
    "status",
    "received_at",
    "due_at",
    "department",
    "condition",
    "asker",
    "visit",
    "mode",
    "location",
    "state",
]
PERSONAL = [
    name for name, column in Request.columns.items() if column is Column.PERSONAL and name not in {"wishes", "contact"}
]
DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def as_csv(request: HttpRequest, rows: Any) -> HttpResponse:
    """The download; every request in it leaves an audit record. What no key opens is said in its cell, and on the next page."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="requests.csv"'
    response.write("\ufeff")  # spreadsheets then read it as UTF-8
    writer = csv.writer(response)
    writer.writerow([*PLAIN, *PERSONAL])
    closed = []
    for row in rows.select_related("location")[:MOST]:
        record(by=staff(request), verb="exported", obj=row, fields=PERSONAL)
        unreadable = {name: _("cannot be read any more") for name in row.unreadable()}
        writer.writerow([escape_formula(unreadable.get(name) or _text(getattr(row, name))) for name in (*PLAIN, *PERSONAL)])
        if unreadable:
            closed.append(row.reference)
    if closed:
        words = ngettext(
            "%(count)d request in the file cannot be read in full: %(which)s. Tell the person who runs this site.",
            "%(count)d requests in the file cannot be read in full: %(which)s. Tell the person who runs this site.",
            len(closed),
        )
        messages.warning(
            request, words % {"count": len(closed), "which": ", ".join(closed[:NAMED]) + "…" * (len(closed) > NAMED)}
        )
    return response


def escape_formula(cell: str) -> str:
    """With a quote in front where a spreadsheet would take it for a formula; without NUL, which no CSV may hold."""
    return f"'{cell}".replace("\x00", "") if cell.startswith(DANGER) else cell.replace("\x00", "")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return timezone.localtime(value).isoformat(timespec="minutes") if hasattr(value, "tzinfo") else str(value)
