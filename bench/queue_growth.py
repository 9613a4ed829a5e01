"""`make bench`: the pages of requests with 100 of them and with 100,000, on a PostgreSQL of its own; a week of visits of 50 clinicians among 20,000.

Started by `tests/postgres.py`. The same pages are asked in turn; the query counts must be equal. Queue and case may take at most 1.5 times as long (both
times the queue shows a whole page, and the case is the same), "How we are doing" 300 ms, the week of visits 60 ms.
"""

import os
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ |= {"LOG_LEVEL": "WARNING", "DATABASE_PATIENCE": "0"}  # the latter: 100,000 rows take their time
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.actions.receive import index_email
from appointments.models import OfferedTime, Request, RequestEvent
from bench.figures import Figure, rounds
from directory.models import Department
from portal.staff.worklist.base import change_address
from tests import factories
from tests.clients import Client

ROUNDS, MOST = rounds(40), 1.5
MOST_FIGURES, MOST_WEEK = 300, 60  # milliseconds
CLINICIANS, DAYS = 50, 400  # each sees a family on each day but weekends: 20,000 visits, half of them over


def visits(department: Department) -> None:
    """One for each of 20,000 requests, at ten in the morning."""
    everybody = [factories.clinician(f"clinician-{number}") for number in range(CLINICIANS)]
    department.clinicians.set(everybody)
    today = timezone.now().replace(hour=15, minute=0, second=0, microsecond=0)
    days = [day for n in range(-DAYS, DAYS) if (day := today + timedelta(days=n)).weekday() < 5][:DAYS]
    OfferedTime.objects.bulk_create(
        OfferedTime(
            request_id=pk,
            status="confirmed" if at > timezone.now() else "came",
            clinician=everybody[number % CLINICIANS],
            location=department.locations.get(),
            starts_at=at,
            ends_at=at + timedelta(minutes=30),
            zone="America/New_York",
            expires_at=at,
            **({} if at > timezone.now() else {"ended_at": at, "ended_by": "us"}),
        )
        for number, pk in enumerate(Request.objects.order_by("pk").values_list("pk", flat=True)[: CLINICIANS * DAYS])
        for at in [days[number // CLINICIANS]]
    )


def first(department: Department) -> None:
    """A hundred requests, each with its first step; open ones enough for a whole page of the queue, so that pages are alike."""
    now = timezone.now()
    made = Request.objects.bulk_create([row(number, department, now) for number in range(100)])
    RequestEvent.objects.bulk_create([RequestEvent(request=one, verb="received", after="received") for one in made])


def multiply(copies: int = 1665) -> None:
    """99,900 more, nine of ten closed, as after some years: copies of the last sixty. What is sealed in them nobody opens here."""
    own = {
        "seal_id": "gen_random_uuid()",
        "reference": "lpad((r.id * 2000 + n)::text, 9, '0')",
        **dict.fromkeys(
            ("draft_key", "link_hash", "email_index", "child_index"), "md5(r.id || '-' || n) || md5(n || '-' || r.id)"
        ),
        "calendar_uid": "md5(r.id || '-' || n)",
        "received_at": "received_at - n * interval '1 hour'",
        "due_at": "due_at + n * interval '1 hour'",
    }
    names = [field.column for field in Request._meta.concrete_fields if not field.primary_key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO appointments_request ({', '.join(names)}) SELECT {', '.join(own.get(name, name) for name in names)} "
            "FROM appointments_request AS r, generate_series(1, %s) AS n WHERE r.id IN "
            "(SELECT id FROM appointments_request ORDER BY id DESC LIMIT 60)",
            [copies],
        )
        cursor.execute(
            "INSERT INTO appointments_requestevent (request_id, at, verb, before, after, undone) SELECT id, received_at, 'received', '', "
            "'received', false FROM appointments_request WHERE id NOT IN (SELECT request_id FROM appointments_requestevent)"
        )


def row(number: int, department: Department, now: datetime) -> Request:
    """One family's, received a minute before the one with the number before."""
    fields = factories.asked(
        department=department, email=f"p{number}@example.org", child_name=f"Kim Sample {number}", phone=""
    )
    closed = (
        {"status": "closed", "closed_at": now, "ended": "us", "closing_reason": "other"}
        if number % 10 and number >= 40
        else {"due_at": now + timedelta(minutes=number)}
    )
    return Request(
        reference=f"{number:09}",
        draft_key=f"{number:064}",
        link_hash=f"{number:064}",
        link="secret",
        email_index=index_email(fields["email"]),
        calendar_uid=f"{number}@example.org",
        received_at=now - timedelta(minutes=number),
        **closed,
        **fields,
    )


def measure(client: Client, pages: dict[str, str]) -> dict[str, tuple[float, int]]:
    """(median milliseconds, queries) of each page, asked in turn after one warming round."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    queries: dict[str, int] = {}
    for number in range(ROUNDS + 1):
        for name, path in pages.items():
            with CaptureQueriesContext(connection) as counted:
                start = time.perf_counter()
                answer = client.get(path)
                spent = (time.perf_counter() - start) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
            queries[name] = len(counted)
            if number:
                taken[name].append(spent)
    return {name: (statistics.median(taken[name]), queries[name]) for name in pages}


def settled() -> None:
    """What PostgreSQL does by itself within a minute of so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    department = factories.department()
    department.locations.add(factories.location())
    client = Client(headers={"host": "localhost"})
    client.force_login(factories.coordinator("cora", department, permissions=("work_requests", "view_request", "see_figures")))
    figures = {}
    for count, fill in {100: lambda: first(department), 100_000: multiply}.items():
        fill()
        settled()
        if Request.objects.count() != count:
            raise SystemExit(f"{Request.objects.count()} requests instead of {count}")
        case = Request.objects.exclude(status="closed").order_by("pk")[3]
        pages = {"queue": reverse("admin:appointments_request_changelist"), "case": change_address(case)}
        figures[count] = measure(client, pages | {"how we are doing": reverse("admin:figures")})
    print(f"{'':17}{'100: ms':>10}{'queries':>9}{'100,000: ms':>13}{'queries':>9}{'ratio':>7}")
    for name in figures[100]:
        (small, few), (big, many) = figures[100][name], figures[100_000][name]
        print(f"{name:17}{small:10.1f}{few:9}{big:13.1f}{many:9}{big / small:7.2f}")
        value, limit, what = (
            (big, MOST_FIGURES, "ms with") if name == "how we are doing" else (big / small, MOST, "times as long with")
        )
        figure = Figure(4, f"{name}, {what} 100,000 requests ({few} and {many} queries)", value, limit)
        print(figure)
        if few != many or not figure.met:
            sys.exit(f"The page {name} grows with the table.")
    visits(department)
    settled()
    [(week, asked)] = measure(client, {"week": reverse("admin:visits")}).values()
    print(Figure(4, f"week of visits of 50 clinicians among 20,000, ms ({asked} queries)", week, MOST_WEEK))
