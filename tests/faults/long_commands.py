"""The long commands, each with work to do and what must be true after it; runs inside a site for `tests.faults.kills`."""

import base64
import hashlib
import os
import random
import secrets
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402

from appointments.management.commands import purge  # noqa: E402
from appointments.models import Note, Request  # noqa: E402
from conditions.models import Edition  # noqa: E402
from directory.models import Department  # noqa: E402
from foundation.audit import erasures  # noqa: E402
from foundation.audit.actions import faults as audit_faults  # noqa: E402
from foundation.pictures import images  # noqa: E402
from foundation.pictures.models import LibraryPicture  # noqa: E402
from foundation.privacy import keys, seals  # noqa: E402
from foundation.search.models import Entry  # noqa: E402
from portal.backup import encryption, folder, pictures  # noqa: E402
from portal.backup.encryption import NotWhole  # noqa: E402
from portal.backup.read import read_back  # noqa: E402
from tests import factories  # noqa: E402
from tests.faults.kills import Long, asked, tried  # noqa: E402
from tests.site import ROOT, own_database  # noqa: E402

SEED, ROWS = 7, 60
purge.BATCH = seals.BATCH = 10  # so that a kill finds them between two batches
pictures.BATCH = 3
numbers = count()


# --- requests: rotate_keys, purge ---------------------------------------------------------------------------------------


def ask(first, **fields):
    """Sixty more requests, with an answer each."""
    place = Department.objects.first()
    for number in range(first, first + ROWS):
        row = factories.request(f"{number:064}", department=place, child_name=f"Kim {number}", email=f"k{number}@example.org")
        Note.objects.create(request=row, kind="answer", words=f"words {number}")
    if fields:
        Request.objects.filter(draft_key__in=[f"{number:064}" for number in range(first, first + ROWS)]).update(**fields)


def close_more(first):
    ask(first, status="closed", ended="us", closing_reason="other", closed_at=timezone.now() - timedelta(400))


def new_key():
    drawn = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    settings.FIELD_KEYS = f"r{next(numbers)}:{drawn},{settings.FIELD_KEYS}"


def not_sealed_anew():
    used, closed = seals.check_seals()
    yield from closed
    yield from (f"{name} is still used" for name in used if name != keys.current())
    yield from (
        f"{row.child_name} of {row.draft_key}" for row in open_requests() if row.child_name != f"Kim {int(row.draft_key)}"
    )


def open_requests():
    return Request.objects.filter(erased_at=None)


def not_purged():
    left = Request.objects.filter(closed_at__lt=timezone.now() - timedelta(settings.RETENTION_DAYS), erased_at=None)
    yield from (f"{row.reference} is not erased" for row in left)
    listed = {entry.row for entry in erasures.entries() if entry.verb == "erased"}
    done = {str(seal_id) for seal_id in Request.objects.exclude(erased_at=None).values_list("seal_id", flat=True)}
    yield from (f"{row} is on the list or erased, not both" for row in listed ^ done)
    yield from (f"the note {note.pk} is not empty" for note in Note.objects.exclude(request__erased_at=None) if note.words)
    yield from audit_faults()


# --- backups ------------------------------------------------------------------------------------------------------------


def more_pictures():
    for _picture in range(12):
        content = secrets.token_bytes(400_000)
        (Path(settings.MEDIA_ROOT) / f"{hashlib.sha256(content).hexdigest()}-1600.webp").write_bytes(content)


def not_backed_up(to, key):
    found = folder.backups(to)
    for backup in found:
        try:
            manifest = read_back(backup, key)
        except NotWhole as fault:
            yield f"{backup.name}: {fault}"
    stored = {
        path.relative_to(settings.MEDIA_ROOT).as_posix() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()
    }
    yield from (f"{name} is in the backup or here, not both" for name in stored ^ manifest.pictures.keys())
    yield from (f"{path.name} was left" for path in to.glob(f"*{folder.PARTIAL}"))
    for backup in found[:-1]:
        shutil.rmtree(backup)


class Trial:
    """A place to restore to, new for each try; `content` is what the first of them held."""

    def __init__(self, root):
        self.root, self.place, self.url, self.content = root, None, "", ""

    def renew(self):
        if self.place:
            shutil.rmtree(self.place, ignore_errors=True)
        self.place = self.root / f"trial-{next(numbers)}"
        self.url = own_database(os.environ.get("DATABASE_URL", ""))

    def words(self, to, key):
        return ["restore", str(to), "--identity", str(key), "--into", str(self.place), *filter(None, [self.url])]

    def faults(self):
        if not (self.url or (self.place / "db.sqlite3").exists()):
            yield "there is no database"
            return
        content = digest_of(
            psycopg.connect(psycopg_address(self.url)) if self.url else sqlite3.connect(self.place / "db.sqlite3")
        )
        self.content = self.content or content
        yield from ["its rows are others than after the first restore"] * (content != self.content)
        here = {path.name: path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}
        there = {path.name: path.read_bytes() for path in (self.place / "media").rglob("*") if path.is_file()}
        yield from (f"the picture {name} is another" for name, content in here.items() if there.get(name) != content)
        left = {path.name for path in self.place.iterdir()} - {"media", "db.sqlite3", "static"}
        yield from (f"{name} was left" for name in left if not name.startswith("db.sqlite3-"))


def psycopg_address(url):
    return url.replace("postgres://", "postgresql://")


def digest_of(database):
    """Of what people would miss."""
    tables = ["appointments_request", "appointments_note", "conditions_section", "outbox_message"]
    questions = [*(f"SELECT * FROM {table}" for table in tables), "SELECT sequence, verb, label FROM audit_record"]
    with closing(database), closing(database.cursor()) as cursor:
        digest = hashlib.sha256()
        for question in questions:
            digest.update(repr(sorted(map(repr, cursor.execute(question).fetchall()))).encode())
    return digest.hexdigest()


# --- content ------------------------------------------------------------------------------------------------------------


def new_content(root):
    """Four conditions that nobody has imported."""
    into = root / "conditions"
    shutil.rmtree(root, ignore_errors=True)
    into.mkdir(parents=True)
    for picture in (ROOT / "sample" / "conditions").glob("*.webp"):
        shutil.copy(picture, into)
    turn = next(numbers)
    for number, file in enumerate(sorted((ROOT / "sample" / "conditions").glob("*.yaml"))[:4]):
        shutil.copy(file, into / f"turn-{turn}-{number}.yaml")


class Content:
    """What is imported; `editions` are those of the first import, by place in the folder."""

    def __init__(self, root):
        self.root, self.editions = root, None

    def renew(self):
        new_content(self.root)

    def faults(self):
        found, faults = asked(imported, [file.stem for file in sorted((self.root / "conditions").glob("*.yaml"))])
        self.editions = self.editions or found
        yield from [f"{found}, the first import made {self.editions}"] * (found != self.editions)
        yield from faults


def imported(slugs):
    """The editions of each, and the faults of the record."""
    asks = ("language", "number", "status", "summary")
    editions = [sorted(Edition.objects.filter(condition__slug=slug).values_list(*asks)) for slug in slugs]
    return editions, list(audit_faults())


class Export:
    def __init__(self, root):
        self.folder, self.content = root / "exported", {}

    def renew(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def faults(self):
        found = {path.relative_to(self.folder): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        self.content = self.content or found
        yield from ["its files are others than those of the first export"] * (found != self.content)


class Search:
    def __init__(self):
        self.entries = None

    def faults(self):
        found = asked(entries)
        self.entries = self.entries or found
        yield from ["its entries are others than after the first run"] * (found != self.entries)


def entries():
    names = [field.name for field in Entry._meta.concrete_fields if field.name != "id"]
    return sorted(map(repr, Entry.objects.values_list(*names)))


def forget_avif():
    """Of one picture; the others have theirs, which takes seconds each."""
    files = sorted(stored for picture in LibraryPicture.objects.usable() for stored in picture.files())
    for number, (name, widths) in enumerate(files):
        for webp, _width in images.srcset(name, widths):
            path = Path(default_storage.path(images.avif(webp)))
            if number:
                Image.new("RGB", (8, 8)).save(path) if not path.exists() else None
            else:
                path.unlink(missing_ok=True)


def not_drawn():
    for picture in LibraryPicture.objects.usable():
        for name, widths in picture.files():
            for webp, _width in images.srcset(name, widths):
                try:
                    Image.open(default_storage.path(images.avif(webp))).load()
                except OSError as fault:
                    yield str(fault)
    yield from (
        f"{path.name} was left"
        for path in Path(settings.MEDIA_ROOT).rglob("*")
        if path.suffix not in {".webp", ".avif", ".svg"}
    )


def commands(root):
    """By name; what asks the database is asked in a child."""
    to, key = root / "backups", root / "operator.key"
    settings.BACKUP_RECIPIENTS = [encryption.new_key(key)]
    trial, content, export, search = Trial(root), Content(root / "content"), Export(root), Search()
    publish = ["--publish", "--reviewer", "ana-example"]
    return {
        "backup": Long(more_pictures, lambda: ["backup", str(to)], lambda: not_backed_up(to, key)),
        "restore": Long(trial.renew, lambda: trial.words(to, key), trial.faults, ended="is not empty"),
        "rotate_keys": Long(new_key, lambda: ["rotate_keys"], lambda: asked(list_of, not_sealed_anew)),
        "purge": Long(
            lambda: asked(close_more, ROWS * (1 + next(numbers))), lambda: ["purge"], lambda: asked(list_of, not_purged)
        ),
        "verify_audit": Long(bool, lambda: ["verify_audit"], list),
        "import_content": Long(
            content.renew,
            lambda: ["import_content", str(content.root), *publish],
            content.faults,
        ),
        "export_content": Long(export.renew, lambda: ["export_content", str(export.folder)], export.faults),
        "rebuild_search": Long(bool, lambda: ["rebuild_search"], search.faults),
        "make_pictures": Long(lambda: asked(forget_avif), lambda: ["make_pictures"], lambda: asked(list_of, not_drawn)),
    }


def list_of(question):
    return list(question())


def main(root, kills, *names):
    dice, wrong = random.Random(SEED), []
    asked(ask, 0)
    for name, command in commands(root).items():
        if not names or name in names:
            row = tried(name, command, root / "said", kills, dice)
            wrong += row["wrong"]
            print(f"  {name:16}" + "  ".join(f"{what}: {value}" for what, value in row.items()), flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit("\n".join(main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])) or 0)
