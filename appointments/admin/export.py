"""Selected requests as CSV for a scheduling desk, or as FHIR R4. A hand-over file: nothing is booked until staff book it."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from appointments.choices import HalfDay
from appointments.handover import fhir
from appointments.models import OfferedTime, Request
from foundation.adminkit.csv_file import csv_file, escape_formula
from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from foundation.privacy.fields import Column
from foundation.privacy.keys import Unreadable

MOST = 1000
NAMED = 10  # references in the message; all of them stand in the file
PLAIN = [
    *("reference", "status", "received_at", "due_at", "first_promise_at", "first_contact_at", "closed_at", "closing_reason"),
    *("department", "condition", "asker", "visit", "mode", "location", "state"),
]
PERSONAL = [
    name for name, column in Request.columns.items() if column is Column.PERSONAL and name not in {"wishes", "contact"}
]
WISHES: dict[str, Callable[[dict[str, Any]], str]] = {  # of `Request.wishes`
    "good_days": lambda wishes: ", ".join(str(dict(HalfDay.choices).get(day, day)) for day in wishes.get("days", [])),
    "not_before": lambda wishes: wishes.get("earliest", ""),
    "not_then": lambda wishes: wishes.get("avoid", ""),
    "best": lambda wishes: "; ".join(wishes.get("preferred", [])),
}
CONTACT: dict[str, Callable[[dict[str, Any]], str]] = {  # of `Request.contact`
    "reach_first_by": lambda contact: contact.get("how", ""),
    "may_leave_a_message": lambda contact: contact.get("message", ""),
}
VISIT: dict[str, Callable[[OfferedTime], Any]] = {  # the one that stands, or else the last that was agreed
    "visit_status": lambda time: time.status,
    "visit_starts_at": lambda time: time.starts_at,
    "visit_ends_at": lambda time: time.ends_at,
    "visit_clinician": lambda time: time.clinician,
    "visit_place": lambda time: time.room or time.location or "video",
}
HEAD = [*PLAIN, *PERSONAL, *CONTACT, *WISHES, *VISIT]
AGREED = ["confirmed", "came", "missed", "over", "cancelled"]  # states of a time, those that count first


def as_csv(request: HttpRequest, rows: QuerySet[Request]) -> HttpResponse:
    """The download; every request in it leaves an audit record. What no key opens is said in its cell, and on the next page."""
    exported = [(row, row.unreadable()) for row in _exported(request, rows)]
    _warn(request, [row.reference for row, unreadable in exported if unreadable])
    cells = ([escape_formula(_text(cell)) for cell in _cells(row, unreadable)] for row, unreadable in exported)
    return csv_file("requests", [HEAD, *cells])


def as_fhir(request: HttpRequest, rows: QuerySet[Request]) -> HttpResponse:
    """One Bundle a line (NDJSON), of one request so one Bundle. Each download is a document of its own."""
    now, lines, closed = timezone.now(), [], []
    for row in _exported(request, rows):
        why = "The portal erased what the family told it." if row.erased_at else ""
        try:
            bundle = fhir.bundle(row, version=f"{row.reference}.{row.version}-{now:%Y%m%dT%H%M%SZ}", at=now, farewell=why)
            lines.append(json.dumps(bundle, ensure_ascii=False) + "\n")
        except Unreadable:
            closed.append(row.reference)
    _warn(request, closed)
    headers = {"Content-Disposition": 'attachment; filename="requests.fhir.ndjson"'}
    return HttpResponse(lines, content_type="application/fhir+ndjson; charset=utf-8", headers=headers)


def _exported(request: HttpRequest, rows: QuerySet[Request]) -> Iterator[Request]:
    related = rows.select_related("department", "condition", "location").prefetch_related(
        "condition__names", "department__locations", "times__clinician", "times__location", "times__room"
    )
    for row in related[:MOST]:
        record(by=staff(request), verb="exported", obj=row, fields=[*PERSONAL, "contact", "wishes"])
        yield row


def _cells(row: Request, unreadable: list[str]) -> Iterator[Any]:
    closed = _("cannot be read any more")
    yield from (closed if name in unreadable else getattr(row, name) for name in (*PLAIN, *PERSONAL))
    for name, cells in (("contact", CONTACT), ("wishes", WISHES)):
        yield from (closed if name in unreadable else cell(row.read(name)) for cell in cells.values())
    agreed = [time for time in row.times.all() if time.status in AGREED]
    visit = min(agreed, key=lambda time: (AGREED.index(time.status), -time.pk), default=None)
    yield from (cell(visit) if visit else "" for cell in VISIT.values())


def _warn(request: HttpRequest, closed: list[str]) -> None:
    if closed:
        words = ngettext(
            "%(count)d request in the file cannot be read in full: %(which)s. Tell the person who runs this site.",
            "%(count)d requests in the file cannot be read in full: %(which)s. Tell the person who runs this site.",
            len(closed),
        )
        which = ", ".join(closed[:NAMED]) + "…" * (len(closed) > NAMED)
        messages.warning(request, words % {"count": len(closed), "which": which})


def _text(value: Any) -> str:
    if value is None:
        return ""
    return timezone.localtime(value).isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
