"""Backups: whole or refused; and a restore that brings back everything but what was erased since, and sends nothing of the past."""

import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from multiprocessing import active_children
from pathlib import Path

import psycopg
import pyrage
import pytest
import time_machine
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from appointments import actions
from appointments.actions.privacy import Reason, erase
from appointments.models import Request
from foundation.audit.models import Record
from foundation.outbox.models import Message
from portal.backup import encryption, folder, pictures
from portal.backup.checks import no_restore_is_unfinished
from portal.backup.databases import Target
from portal.backup.read import read_back
from portal.backup.settle import COMPARED
from tests import factories
from tests.site import own_database

LOOK = """
from django.core.management import call_command
call_command("deliver", once=True)
from appointments.models import Request
from foundation.outbox.models import Message
print(*Request.objects.order_by("status").values_list("status", flat=True))
print(*(row.child_name for row in Request.objects.all()))
print(*sorted(Message.objects.values_list("status", flat=True)))
"""
NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def key(tmp_path, settings):
    """The operator's private key; the site knows the public one."""
    path = tmp_path / "operator.key"
    settings.BACKUP_RECIPIENTS = [encryption.new_key(path)]
    return path


@pytest.fixture
def place(own, key, settings, tmp_path):
    """The folder of backups of a small site with a request, its messages and two pictures."""
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = settings.VAR_DIR / "media"
    settings.MEDIA_ROOT.mkdir(parents=True)
    for name in ("a", "b"):
        (settings.MEDIA_ROOT / f"{name}-480.webp").write_bytes(name.encode() * 70_000)
    factories.request(child_name="Kim Canary")
    return tmp_path / "backups"


def run(command, *words, **options):
    out = StringIO()
    call_command(command, *map(str, words), stdout=out, stderr=out, **options)
    return out.getvalue()


def closed_and_erased(row):
    cora = factories.coordinator("cora", row.department)
    actions.close(request=row, by=cora, reason="elsewhere", words="canary words")
    erase(row, by="purge", reason=Reason.RETENTION)


def backed_up(place):
    run("backup", place)
    return folder.backups(place)[-1]


def restored(words, question):
    """What the restored database answers."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(words[0] / "db.sqlite3")) as database:
            return database.execute(question).fetchall()
    with psycopg.connect(**connect_to(words[1])) as database:
        return database.execute(question).fetchall()


def lost_site(folder):
    """(environment of who brings it back, of the site itself): an empty database, a folder of its own and this site's keys."""
    folder.mkdir()
    names = ("FIELD_KEYS", "INDEX_KEY", "SECRET_KEY", "ERASURE_LIST")
    own = os.environ | {name: str(getattr(site, name)) for name in names} | {"VAR_DIR": str(folder), "DATABASE_URL": ""}
    if connection.vendor == "sqlite":
        return own, own
    url = own_database(os.environ["DATABASE_URL"])
    with psycopg.connect(**connect_to(url), autocommit=True) as database:
        database.execute(Path("deploy/postgresql/roles.sql").read_text(encoding="utf-8"))
    return [own | {"DATABASE_URL": url.replace("portal@", f"portal_{role}@")} for role in ("owner", "site")]


def connect_to(url):
    given = Target(url).settings()
    return {"host": given["HOST"], "user": given["USER"], "dbname": given["NAME"]}


def manage(environment, *words, code=0):
    """What a command says in a site of its own."""
    command = [sys.executable, "manage.py", *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.databases
def test_restoring_brings_everything_back_but_what_was_erased_since_and_holds_old_mail(place, key, tmp_path, capfd):
    """By the night's backup; the next day the request was closed and erased, and its mails were sent."""
    backed_up(place)
    row = Request.objects.get()
    closed_and_erased(row)
    words = [tmp_path / "trial"]
    if connection.vendor == "postgresql":
        words.append(own_database(os.environ["DATABASE_URL"]))
    words[0].mkdir()
    (words[0] / "restoring.new").write_text("2026-")  # of a run that was killed at once

    printed = run("restore", place, "--into", *words, "--identity", key)

    printed += capfd.readouterr().out
    for sentence in ("each as in the backup", "appointments.request erased: 1", "records, whole"):
        assert sentence in printed
    assert restored(words, "SELECT child_name, status FROM appointments_request") == [("", "closed")]
    assert {status for (status,) in restored(words, "SELECT status FROM outbox_message")} <= {"held", "dropped"}
    assert restored(words, "SELECT actor, verb FROM audit_record ORDER BY sequence DESC")[0] == ("restore", "restored")
    assert (words[0] / "media/a-480.webp").read_bytes() == b"a" * 70_000
    assert sorted(path.name for path in words[0].iterdir() if path.is_file()) == (
        ["db.sqlite3"] if connection.vendor == "sqlite" else []
    )
    assert (Request.objects.get().erased_at, Message.objects.filter(status="held").count()) == (row.erased_at, 0)
    with pytest.raises(CommandError, match=r"not empty|There is a database"):
        run("restore", place, "--into", *words, "--identity", key)


@pytest.mark.databases
def test_a_lost_site_is_back_in_place_but_for_who_was_erased_and_sends_no_old_mail(place, key, tmp_path):
    """On PostgreSQL the owner of the tables brings it back, and the site's role goes on with it."""
    later = timezone.now() + timedelta(days=3)
    row = Request.objects.get()
    kept = factories.request(draft_key="b" * 64, child_name="Lee Canary")
    Message.objects.create(kind="received", object_id=kept.pk, message_id="later", leave_at=later, next_try_at=later)
    backup = backed_up(place)
    closed_and_erased(row)
    owner, itself = lost_site(tmp_path / "new")
    bring_back = ("restore", place, "--in-place", "--identity", key)

    printed = manage(owner, *bring_back)
    (tmp_path / "new/restoring").write_text(f"{backup.name}, {COMPARED}")  # as if it had been killed just before its end
    assert "did not end" in manage(itself, "deliver", "--once", code=1)
    if connection.vendor == "sqlite":
        (tmp_path / "new/restoring").unlink()
    else:
        printed += manage(owner, *bring_back)

    assert "appointments.request erased: 1" in printed
    assert manage(itself, "shell", "-v0", "-c", LOOK).split() == [
        "closed",
        "received",
        "Lee",
        "Canary",
        "dropped",
        "held",
        "waiting",
    ]
    assert not (tmp_path / "new/mail").exists()
    assert (tmp_path / "new/media/a-480.webp").read_bytes() == b"a" * 70_000


def test_a_backup_that_is_cut_or_changed_anywhere_is_refused_in_words(place, key):
    backup, dice = backed_up(place), random.Random(5)
    files = [backup / folder.DATABASE, backup / folder.MANIFEST, next((place / "pictures").glob("*/*.age"))]
    read_back(place, key)

    for path in files:
        whole = path.read_bytes()
        spoiled = [whole[: dice.randrange(len(whole))] for _turn in range(7)]
        at = dice.randrange(len(whole))
        spoiled += [b"", whole[:-1], whole + b"x", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]]
        for content in spoiled:
            path.write_bytes(content)
            with pytest.raises(CommandError, match=r"cannot be used: .* is cut or changed"):
                run("backup", place, "--check", "--identity", key)
        path.unlink()
        with pytest.raises(CommandError, match="is missing"):
            run("restore", place, "--into", place / "trial", "--identity", key)
        path.write_bytes(whole)
    assert read_back(place, key).rows["appointments_request"] == 1


def test_a_backup_with_a_picture_of_another_or_of_another_site_is_refused(place, key, settings, tmp_path):
    backed_up(place)
    first, second = sorted((place / "pictures").glob("*/*.age"))
    shutil.copy(first, second)
    with pytest.raises(CommandError, match="is another than when the backup was made"):
        run("backup", place, "--check", "--identity", key)

    other = tmp_path / "other.key"
    encryption.new_key(other)
    with pytest.raises(CommandError, match="not sealed for this key"):
        run("backup", place, "--check", "--identity", other)
    with pytest.raises(CommandError, match=f"{tmp_path}: Is a directory."):
        run("backup", place, "--check", "--identity", tmp_path)

    settings.INDEX_KEY = "x" * 60
    with pytest.raises(CommandError, match="was not signed with this INDEX_KEY"):
        run("restore", place, "--into", tmp_path / "trial", "--identity", key)


def test_what_a_killed_run_left_is_neither_taken_for_a_backup_nor_in_the_way(place, key):
    backup = backed_up(place)
    left = backup.rename(backup.with_name(f"{backup.name}{folder.PARTIAL}"))
    (left / folder.MANIFEST).unlink()
    (place / "pictures" / folder.INDEX).unlink()
    (left / "picture-1").write_bytes(b"half")
    Path(site.VAR_DIR, "backup-copy.sqlite3").write_bytes(b"half")
    with pytest.raises(CommandError, match="There is no backup"):
        run("backup", place, "--check", "--identity", key)

    backed_up(place)

    assert read_back(place, key).rows["appointments_request"] == 1
    assert not left.exists()
    assert not list(Path(site.VAR_DIR).glob("*.sqlite3"))


def test_known_pictures_are_not_written_again_and_old_backups_go_with_what_they_alone_have(place, key):
    with time_machine.travel(NIGHT, tick=False):
        oldest = backed_up(place)
    kept = {path: path.stat().st_mtime_ns for path in (place / "pictures").glob("*/*.age")}
    (Path(site.MEDIA_ROOT) / "a-480.webp").unlink()
    with time_machine.travel(NIGHT + timedelta(days=1), tick=False):
        run("backup", place)
    assert {path: path.stat().st_mtime_ns for path in (place / "pictures").glob("*/*.age")} == kept
    assert len(read_back(oldest, key).pictures) == 2

    with time_machine.travel(NIGHT + timedelta(days=36), tick=False):
        printed = run("backup", place, "--keep", 35)

    assert f"{oldest.name} was older than 35 days and is removed." in printed
    assert len(folder.backups(place)) == 2
    assert len(list((place / "pictures").glob("*/*.age"))) == 1
    assert [len(read_back(path, key).pictures) for path in folder.backups(place)] == [1, 1]


def test_a_fault_of_a_process_that_seals_pictures_is_told_and_the_next_run_is_whole(place, key, monkeypatch):
    monkeypatch.setattr(pictures, "BATCH", 1)
    in_the_way = folder.picture_path(place, hashlib.sha256(b"a" * 70_000).hexdigest()).parent
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()

    with pytest.raises(CommandError, match=rf"File exists: '{in_the_way}'. The backups of before are as they were"):
        run("backup", place)
    in_the_way.unlink()
    backed_up(place)

    assert len(read_back(place, key).pictures) == 2


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells what a process is deaf to")
def test_processes_that_seal_pictures_are_deaf_to_ctrl_c_from_their_first_moment(place, settings, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "BATCH", 1)
    folder.make_places(place)
    sealing = pictures.seal(["a-480.webp", "b-480.webp"], place, tmp_path, settings.BACKUP_RECIPIENTS)

    next(sealing)
    deaf = [re.search(r"SigBlk:\s*(\w+)", Path(f"/proc/{each.pid}/status").read_text())[1] for each in active_children()]
    sealing.close()

    assert deaf
    assert all(int(signals, 16) >> (signal.SIGINT - 1) & 1 for signals in deaf)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_restoring_without_the_list_of_erasures_that_the_backup_knew_is_refused(place, key, tmp_path):
    """Its disk is lost, and the copy beside the backups was emptied."""
    closed_and_erased(Request.objects.get())
    backed_up(place)
    site.ERASURE_LIST.unlink()
    (place / folder.ERASURES).write_bytes(b"")

    with pytest.raises(CommandError, match="No erasure list goes on from where it stood"):
        run("restore", place, "--into", tmp_path / "trial", "--identity", key)
    assert not (tmp_path / "trial").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["backup"], "Say into which folder"),
        (["backup", "{place}", "--check", "--identity", "{place}/none"], "none: No such file or directory."),
        (["restore"], "Say which backup"),
        (["restore", "{place}/nowhere", "--into", "{place}/x"], "There is no backup"),
        (["restore", "{place}", "--identity", "{key}"], "Say --into"),
        (["restore", "{place}", "--in-place", "--identity", "{key}"], "There is a database"),
        (["restore", "{place}", "--into", "{place}", "--identity", "{key}"], "is not empty"),
        (["restore", "{place}", "--into", "postgres://h/d", "--identity", "{key}"], "This backup is of SQLite"),
    ],
)
def test_what_is_asked_wrongly_is_told_what_to_say(place, key, words, sentence):
    backed_up(place)

    with pytest.raises(CommandError, match=sentence):
        run(*(word.format(place=place, key=key) for word in words))


@pytest.fixture
def leave(place):
    """The folder of backups is a disk of its own; gives what leaves so many bytes on it, and room for so many more files."""
    if os.geteuid():
        pytest.skip("root alone mounts")
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", place, "-o"]

    def leave(room, files):
        now = os.statvfs(place)
        size, inodes = (now.f_blocks - now.f_bfree) * now.f_frsize + room, now.f_files - now.f_ffree + files
        subprocess.run([*mount, f"remount,size={size},nr_inodes={inodes}"], check=True)

    subprocess.run([*mount, "size=50m"], check=True)
    yield leave
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_leaves_whole_backups_alone_and_the_monitor_is_told(place, key, leave, client):
    """Full before it begins, or at some moment after: there is room for a file more, and a file more."""
    closed_and_erased(Request.objects.get())
    before = backed_up(place)
    (Path(site.MEDIA_ROOT) / "c-480.webp").write_bytes(b"c" * 70_000)

    said = []
    for room in [(100_000, 100), *((20_000_000, files) for files in range(15))]:
        leave(*room)
        try:
            run("backup", place)
        except CommandError as fault:
            said.append(str(fault))
            told = client.get("/readyz").content.decode()
            assert "nightly commands that failed: backup" in told
            assert {read_back(path, key).rows["appointments_request"] for path in folder.backups(place)} == {1}
        else:
            break

    assert said[0].startswith(f"{place} needs room for")
    said_midway = r"\[Errno 28\] No space left on device.*\. The backups of before are as they were\."
    assert [sentence for sentence in said[1:] if not re.fullmatch(said_midway, sentence)] == []
    assert len(said) >= 4
    assert (folder.backups(place)[0], len(read_back(place, key).pictures)) == (before, 3)
    assert "commands that failed" not in client.get("/readyz").content.decode()


def test_without_room_without_a_key_or_beside_another_run_nothing_is_written(place, key, settings, monkeypatch):
    with folder.only_writer(place), pytest.raises(CommandError, match="Another backup is writing"):
        run("backup", place)
    settings.BACKUP_RECIPIENTS = ["age1nonsense"]
    with pytest.raises(CommandError, match="no public key of age"):
        run("backup", place)
    settings.BACKUP_RECIPIENTS = []
    with pytest.raises(CommandError, match="Say who can read backups"):
        run("backup", place)
    assert folder.backups(place) == []


def test_a_folder_of_pictures_that_cannot_be_read_is_not_taken_for_an_empty_one(place, key, settings, monkeypatch):
    closed = settings.MEDIA_ROOT / "closed"
    closed.mkdir()
    scan = os.scandir

    def refuse(path):
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)

    with pytest.raises(CommandError, match=f"Permission denied: '{closed}'. The backups of before are as they were"):
        run("backup", place)
    assert folder.backups(place) == []


def test_a_passphrase_opens_a_key_of_the_folders_own(place, settings, monkeypatch):
    """To try one takes the library a second by design: here it takes none."""

    def opened(sealed, passphrase):
        if not sealed.startswith(passphrase.encode()):
            raise pyrage.DecryptError
        return sealed.removeprefix(passphrase.encode())

    monkeypatch.setattr(pyrage.passphrase, "encrypt", lambda plain, passphrase: passphrase.encode() + plain)
    monkeypatch.setattr(pyrage.passphrase, "decrypt", opened)
    settings.BACKUP_RECIPIENTS, settings.BACKUP_PASSPHRASE = [], "a long sentence that nobody guesses"
    backed_up(place)

    assert "Whole" in run("backup", place, "--check")
    settings.BACKUP_PASSPHRASE = "another"
    with pytest.raises(CommandError, match="does not open with this BACKUP_PASSPHRASE"):
        run("backup", place, "--check")


def test_while_a_restore_into_this_place_is_unfinished_no_command_runs(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "restoring").write_text("2026-12-01T031500Z")

    (fault,) = no_restore_is_unfinished()
    assert "did not end: 2026-12-01T031500Z" in fault.msg


def test_a_backup_says_nothing_that_is_not_sealed(place):
    backed_up(place)

    everything = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    for plain in (b"SQLite", b"Canary", Record.objects.first().hash.encode()):
        assert plain not in everything
