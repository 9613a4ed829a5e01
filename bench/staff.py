"""`make bench`: the coordinators' queue and a case page with 100 requests and with 100,000, on a PostgreSQL of its own.

Started by `tests/postgres.py`. The same pages are asked in turn; the query counts must be equal, the medians at most double.
"""

import os
import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.actions.receiving import index_email
from appointments.models import Request, Step
from directory.models import Department
from tests import factories
from tests.clients import Client

ROUNDS = 40


def fill(upto: int, department: Department) -> None:
    """Requests until there are `upto`: nine of ten closed, as after some years; each with its first step."""
    now, first = timezone.now(), Request.objects.count()
    for start in range(first, upto, 5000):
        rows = [row(number, department, now) for number in range(start, min(start + 5000, upto))]
        made = Request.objects.bulk_create(rows)
        Step.objects.bulk_create([Step(request=one, verb="received", after="received") for one in made])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # what PostgreSQL does by itself within a minute of so many rows


def row(number: int, department: Department, now: datetime) -> Request:
    """One family's, received a minute before the one with the number before."""
    fields = factories.asked(
        department=department, email=f"p{number}@example.org", child_name=f"Kim Sample {number}", phone=""
    )
    closed = (
        {"status": "closed", "closed_at": now, "ended": "us"} if number % 10 else {"due_at": now + timedelta(minutes=number)}
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


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    department = factories.department()
    client = Client(headers={"host": "localhost"})
    client.force_login(factories.coordinator("cora", department, permissions=("work_requests", "view_request")))
    figures = {}
    for count in (100, 100_000):
        fill(count, department)
        case = Request.objects.exclude(status="closed").order_by("pk")[3].pk
        pages = {"queue": "/admin/appointments/request/", "case": f"/admin/appointments/request/{case}/change/"}
        figures[count] = measure(client, pages)
    print(f"{'':10}{'100: ms':>10}{'queries':>9}{'100,000: ms':>13}{'queries':>9}{'ratio':>7}")
    for name in figures[100]:
        (small, few), (big, many) = figures[100][name], figures[100_000][name]
        print(f"{name:10}{small:10.1f}{few:9}{big:13.1f}{many:9}{big / small:7.2f}")
        if few != many or big > 2 * small:
            sys.exit(f"The {name} page grows with the table.")
