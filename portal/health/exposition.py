"""`/metrics`: what the workers counted, and how the site is at this moment, as OpenMetrics."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from foundation.privacy import keys
from portal.health.counters import OWN
from portal.health.state import Messages, Nightly, Writing, disks, requests_by_state, unopened
from portal.pagecache.content_version import database_answers

Metrics = Iterator[Metric]


def metrics() -> bytes:
    registry = CollectorRegistry()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        _forget_the_dead(Path(folder))
        MultiProcessCollector(registry, path=folder)
    registry.register(SiteCollector())
    counted = b"" if folder else generate_latest(OWN).removesuffix(b"# EOF\n")
    return counted + generate_latest(registry)


def _forget_the_dead(folder: Path) -> None:
    """What a worker that is gone kept in memory is gone too; what it counted stays counted."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(pid, path=str(folder))


class SiteCollector(Collector):
    """Asked anew each time. Where the database does not answer, it says so, and the rest all the same."""

    def collect(self) -> Metrics:
        yield from _keys()
        yield from _disks()
        found: list[Metric] = []
        try:
            answers = database_answers()
            if answers:
                found = list(_of_database())
        except (DatabaseError, OSError):
            answers = False
        yield GaugeMetricFamily("portal_database_up", "Whether the database answers.", value=answers)
        yield from found if answers else ()


def _gauge(name: str, about: str, values: Mapping[str, float], label: str) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _of_database() -> Metrics:
    states, overdue = requests_by_state(timezone.now())
    yield _gauge("portal_requests", "Appointment requests by status.", states, "status")
    yield GaugeMetricFamily("portal_requests_overdue", "Open requests whose promise was missed.", value=overdue)
    messages = Messages.now()
    values = {"waiting": messages.waiting, "stuck": messages.stuck, "failed": messages.failed}
    yield _gauge("portal_messages", "Messages: due, due for more than an hour, given up.", values, "state")
    yield GaugeMetricFamily("portal_oldest_due_message_seconds", "Since when it was due first.", value=messages.oldest_seconds)
    yield from _nightly()
    writing = Writing.now()
    yield GaugeMetricFamily("portal_database_writable", "Whether a row could be written.", value=not writing.fault)
    yield GaugeMetricFamily("portal_write_seconds", "How long it took, taken back.", value=writing.seconds)
    about = "Whether our keys open the newest request and draft."
    yield GaugeMetricFamily("portal_sealed_readable", about, value=not unopened())


def _nightly() -> Metrics:
    """A command that never ended well has the year 1970."""
    commands = Nightly.all()
    for word, name in (("success", "succeeded_at"), ("failure", "failed_at")):
        moments = {each.name: getattr(each.last, name) for each in commands}
        values = {name: at.timestamp() if at else 0.0 for name, at in moments.items()}
        yield _gauge(f"portal_nightly_last_{word}_timestamp_seconds", f"Last {word} of a command.", values, "command")
    missed = {each.name: float(each.is_missed or each.last.has_failed) for each in commands}
    yield _gauge("portal_nightly_alarm", "1 if it failed last, or did not end well for too long.", missed, "command")


def _disks() -> Metrics:
    try:
        found = disks()
    except OSError:
        return
    yield _gauge("portal_disk_free_bytes", "Room left.", {place: disk.free for place, disk in found.items()}, "place")
    yield _gauge("portal_disk_size_bytes", "Room in all.", {place: disk.total for place, disk in found.items()}, "place")


def _keys() -> Metrics:
    """Names alone."""
    current = keys.current()
    values = {name: float(name == current) for name in keys.ring()}
    yield _gauge("portal_field_key_seals", "Keys that this node knows, by name; 1 for the one that seals.", values, "key")
