"""What makes a restored database fit for use: compared with its manifest, brought up to date, silenced, and made to forget anew."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from foundation.audit import erasures
from foundation.audit.actions import faults, record
from foundation.audit.models import Head, Record
from foundation.outbox.models import Message
from foundation.privacy.seals import check_seals
from portal.backup.again import BY
from portal.backup.checks import unfinished
from portal.backup.databases import count_rows

COMPARED = "rows compared"
MOST = 20  # faults of a kind that are told


@dataclass
class Report:
    """What was found, a line each, and what is not as it should be."""

    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def settle(*, made_at: str, rows: dict[str, int], since: list[dict[str, Any]], real: bool) -> Report:
    """On the database at hand. Whoever is killed begins again, and does the same. Nothing is sent or shown before it ends."""
    report = Report()
    _compare(report, rows)
    _migrate(report)
    _silence(report, real=real)
    _forget(report, [erasures.Entry(**line) for line in since])
    _check(report)
    record(by=BY, verb="restored", obj=Head.objects.get(pk=1), backup=made_at, trial=not real)
    return report


def _compare(report: Report, rows: dict[str, int]) -> None:
    """Before anything changes; a run that was killed after it need not again."""
    marker = unfinished()
    if COMPARED in marker.read_text(encoding="utf-8"):
        return
    now = {table: count for table, count in count_rows().items() if not table.startswith("sqlite_")}
    for table in sorted(rows.keys() | now.keys()):
        if rows.get(table) != now.get(table):
            report.faults.append(f"{table}: {rows.get(table)} rows in the backup, {now.get(table)} here")
    if not report.faults:
        report.lines.append(f"Rows: {sum(now.values())} in {len(now)} tables, each as in the backup.")
    marker.write_text(f"{marker.read_text(encoding='utf-8')}, {COMPARED}", encoding="utf-8")


def _migrate(report: Report) -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        report.lines.append(f"Migrated: {len(plan)} steps; the backup is of older software.")


def _silence(report: Report, *, real: bool) -> None:
    """In a place to try it nothing at all is sent; in the real one what is still to come is."""
    Message.objects.hold(until=timezone.now() if real else None)
    held = Message.objects.filter(status=Message.Status.HELD).count()
    report.lines.append(f"Messages held until somebody has looked: {held}.")
    Session.objects.all().delete()
    report.lines.append("Everybody is signed out.")


def _forget(report: Report, since: list[erasures.Entry]) -> None:
    done = list(erasures.replay(since))
    counts = Counter(f"{replay.entry.kind} {replay.entry.verb}" for replay in done if not replay.fault)
    report.lines.append(f"Erased or taken back since then, and now again: {sum(counts.values())}.")
    report.lines += [f"  {what}: {count}" for what, count in sorted(counts.items())]
    undone = [replay for replay in done if replay.fault]
    report.faults += [f"not done again: {r.entry.kind} {r.entry.row} {r.entry.verb}: {r.fault}" for r in undone[:MOST]]


def _check(report: Report) -> None:
    used, closed = check_seals()
    if closed:
        report.faults.append(f"{len(closed)} sealed columns do not open with these FIELD_KEYS: {'; '.join(closed[:MOST])}")
    else:
        report.lines.append(
            f"Sealed columns: {sum(used.values())}, all open with today’s keys ({', '.join(sorted(used)) or 'none'})."
        )
    broken = list(_first(faults()))
    if broken:
        report.faults += [f"audit {fault}" for fault in broken]
    else:
        report.lines.append(f"Audit record: {Record.objects.count()} records, whole.")


def _first(found: Any) -> Iterator[str]:
    for _number, fault in zip(range(MOST), found, strict=False):
        yield fault
