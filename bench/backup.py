"""`manage.py backup` in turns with `pg_dump` and a copy of the pictures, by the clock and by the processor.

`DURABLE=1 python tests/postgres.py python bench/backup.py [REQUESTS MB]`; as many as usual are 100,000 and 2,000 MB, which take
some ten minutes and 10 GB of disk on a machine with nothing else to do. A backup does more: it counts, names and seals.
"""

import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.figures import rounds
from tests.site import ROOT, Site, made

ROUNDS = rounds(5)
SIZES = (20_000, 60_000, 120_000, 200_000)  # bytes of a picture, such as a phone's and its widths
BATCH = 2_000
AT_MOST = 1.3  # times the wall time of the two


def fill(requests: int) -> None:
    """Runs inside the site. Nine of ten requests are closed; each has an event, a message and an answer."""
    from django.db import transaction
    from django.utils import timezone

    from appointments.models import Note, Request, RequestEvent
    from foundation.outbox.models import Message
    from tests import factories

    place, now = factories.department(), timezone.now()
    closed = {"status": "closed", "closed_at": now, "ended": "us", "closing_reason": "other"}
    for first in range(0, requests, BATCH):
        with transaction.atomic():
            rows = Request.objects.bulk_create(
                Request(
                    reference=f"{number:09}",
                    draft_key=f"{number:064}",
                    link_hash=f"{number:064}",
                    calendar_uid=f"{number}@example.org",
                    received_at=now - timedelta(minutes=number),
                    **factories.asked(department=place, child_name=f"Kim Sample {number}", note="She limps. " * 15),
                    **(closed if number % 10 else {"due_at": now + timedelta(minutes=number)}),
                )
                for number in range(first, min(first + BATCH, requests))
            )
            RequestEvent.objects.bulk_create(RequestEvent(request=row, verb="received", after="received") for row in rows)
            Note.objects.bulk_create(Note(request=row, kind="answer", words="We can come on Friday") for row in rows)
            Message.objects.bulk_create(
                Message(kind="received", object_id=row.pk, message_id=f"<{row.pk}@x>", status="sent", sent_at=now)
                for row in rows
            )


def add_pictures(media: Path, megabytes: int) -> int:
    media.mkdir(parents=True, exist_ok=True)
    left, count = megabytes * 1_000_000, 0
    while left > 0:
        size = SIZES[count % len(SIZES)]
        (media / f"{secrets.token_hex(32)}-1600.webp").write_bytes(secrets.token_bytes(size))
        left, count = left - size, count + 1
    return count


def spent(site: Site, *commands: list[str]) -> tuple[float, float]:
    """Seconds by the clock until all of it is on the disk, and of the processor, kernel included."""
    os.sync()
    before, began = os.times(), time.monotonic()
    for command in commands:
        subprocess.run(command, cwd=ROOT, env=site.environment, check=True, stdout=subprocess.DEVNULL)
    os.sync()
    took, after = time.monotonic() - began, os.times()
    return took, sum(after[2:4]) - sum(before[2:4])


def main(requests: int = 100_000, megabytes: int = 2_000) -> str:
    with tempfile.TemporaryDirectory(prefix="portal-backup-") as folder:
        root = Path(folder)
        site = made(root / "site", collected=False, sample=False, BACKUP_PASSPHRASE="a sentence for a measurement alone")
        site.manage("shell", "-v0", "-c", f"from bench.backup import fill; fill({requests})")
        count = add_pictures(root / "site" / "media", megabytes)
        print(f"{requests:,} requests and {megabytes:,} MB in {count:,} pictures; seconds by the clock (of the processor)")
        dump = ["pg_dump", "--format=custom", "--file", str(root / "dump"), pg_address(site)]
        both, own = [], []
        for number in range(ROUNDS):
            both.append(spent(site, dump, ["cp", "-r", str(root / "site" / "media"), str(root / "copy")]))
            shutil.rmtree(root / "copy")
            own.append(spent(site, [sys.executable, "manage.py", "backup", str(root / "backups")]))
            shutil.rmtree(root / "backups")
            print(f"  {number + 1}: pg_dump and cp {told(both[-1])}, backup {told(own[-1])}", flush=True)
        clock, processor = (statistics.median(b[n] / a[n] for a, b in zip(both, own, strict=True)) for n in (0, 1))
        print(f"backup takes {clock:.2f} times as long, and {processor:.2f} times the processor's time")
        return "" if clock <= AT_MOST else f"longer than {AT_MOST} times"


def pg_address(site: Site) -> str:
    return site.environment["DATABASE_URL"].replace("postgres://", "postgresql://")


def told(figures: tuple[float, float]) -> str:
    return "{:.1f} ({:.1f})".format(*figures)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) or 0)
