"""What the site refuses to start with, and what it says then."""

import os
import re
import stat
import subprocess
import sys
import time
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import InsufficientPrivilege

from portal.environment import Environment, kept_secret
from portal.server.schema import advice
from tests.site import ROOT, free_port, serve

LONG = "x" * 50
KEYS = {"FIELD_KEYS": f"k1:{'A' * 43}=", "INDEX_KEY": LONG}


SAY = "import portal.settings as s; print(s.LOCAL, s.SECURE_CONTENT_TYPE_NOSNIFF, getattr(s, 'SECURE_SSL_REDIRECT', False))"


def start(tmp_path, code=SAY, **environment):
    """Runs the settings in a process of their own; returns what it prints."""
    clean = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def server():
    """The command that serves the site on a free port."""
    return serve(f"http://127.0.0.1:{free_port()}")


def test_no_environment_runs_for_this_machine_only(tmp_path):
    assert start(tmp_path) == "True True False"
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_folders_of_the_environment_are_the_same_wherever_one_stands(tmp_path):
    var = os.path.relpath(tmp_path, ROOT)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "VAR_DIR": var,
        "ERASURE_LIST": f"{var}/list",
        "AUDIT_HEADS": f"{var}/heads",
    }
    say = "import os, portal.settings as s; print(*(os.path.realpath(each) for each in (s.MEDIA_ROOT, s.ERASURE_LIST, s.AUDIT_HEADS)))"

    done = subprocess.run([sys.executable, "-c", say], cwd="/", env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(tmp_path / each) for each in ("media", "list", "heads")]


def test_command_on_a_database_without_tables_says_what_to_do(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "manage.py", "purge"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.splitlines()[-1].startswith(
        "The tables of the database are not those of this version of the site (no such"
    )


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DATABASE_URL": "sqlite:////dev/null/a.db"}, "The database cannot be used now (unable to open database file)."),
        ({"DATABASE_URL": f"sqlite:///{ROOT}/manage.py"}, "The database cannot be used now (file is not a database)."),
        ({"DATABASE_URL": "postgres://x@127.0.0.1:port/x"}, "DATABASE_URL is not understood."),
        ({"VAR_DIR": "/dev/null/var"}, "/dev/null/var/secret_key cannot be read or made: Not a directory."),
    ],
)
def test_command_without_a_database_that_answers_says_so_in_one_sentence(tmp_path, environment, words):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment}

    done = subprocess.run(
        [sys.executable, "manage.py", "rebuild_search"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.splitlines()[-1].startswith(words)


@pytest.mark.parametrize(
    ("words", "state", "says"),
    [
        ("couldn't get a connection after 30.00 sec", None, "The database cannot be used now (couldn't"),
        ("the database system is shutting down", "57P03", "The database cannot be used now (the database system"),
        ("cannot execute INSERT in a read-only transaction", "25006", "The database cannot be used now (cannot execute"),
        ('relation "x" does not exist', "42P01", "The tables of the database are not those"),
        ("permission denied for schema public", "42501", "This role of the database may not do that (permission"),
        ("deadlock detected", "40P01", ""),
        ('syntax error at or near "x"', "42601", ""),
    ],
)
def test_a_fault_of_postgresql_is_told_by_its_state(words, state, says):
    fault = OperationalError(words)
    fault.__cause__ = Exception(words)
    fault.__cause__.sqlstate = state

    assert advice(fault)[: len(says) or None] == says


def test_a_role_that_may_not_migrate_is_told_by_the_words_of_the_database():
    refused = ProgrammingError("permission denied for schema public\nLINE 1: CREATE")
    refused.__cause__ = InsufficientPrivilege()
    fault = MigrationSchemaMissing(f"Unable to create the django_migrations table ({refused})")
    fault.__context__ = refused  # as Django raises it

    assert advice(fault).startswith("This role of the database may not do that (permission denied for schema public). `mig")


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux schedules so")
def test_threads_of_a_worker_do_not_interrupt_each_other(tmp_path):
    code = "import os, portal.wsgi; print(os.sched_getscheduler(0) == os.SCHED_BATCH)"
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


def test_nothing_is_open_before_workers_fork(tmp_path):
    code = (
        "import gc, threading, portal.wsgi; from django.db import connection as c; "
        "print(c.connection, threading.active_count(), gc.get_freeze_count() > 100_000)"
    )
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "None 1 True\n"


def test_process_that_nobody_reads_hears_of_a_change_by_itself(own, tmp_path):
    code = """if True:
        import time, portal.wsgi
        from portal.pagecache.content_version import monitor
        from portal.pagecache.models import ContentVersion
        monitor.refresh()
        ContentVersion.objects.update_or_create(pk=1, defaults={"number": 1000})
        until = time.monotonic() + 20
        while monitor.content.number != 1000 and time.monotonic() < until:
            time.sleep(0.05)
        print(monitor.content.number)"""
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3",
    }

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == "1000\n"


def test_server_ends_at_once_with_what_to_set(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DEBUG": "perhaps"}

    done = subprocess.run(server(), cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)

    said = "The site cannot start. DEBUG is 'perhaps'. Set it to True or False, or leave it out.\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells a process's environment")
def test_server_keeps_what_the_operator_says_of_memory(tmp_path):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "MALLOC_ARENA_MAX": "3"}
    lines = set()
    with subprocess.Popen(server(), cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as running:
        for _look in range(600):
            lines = set(Path(f"/proc/{running.pid}/environ").read_bytes().split(b"\0"))
            if b"MALLOC_TRIM_THRESHOLD_=131072" in lines:
                break
            time.sleep(0.1)
        running.terminate()

    assert {b"MALLOC_ARENA_MAX=3", b"MALLOC_TRIM_THRESHOLD_=131072"} <= lines


def test_other_host_without_secret_is_refused_with_what_to_set(tmp_path):
    said = start(tmp_path, ALLOWED_HOSTS="portal.example.org")

    assert said.endswith("Set SECRET_KEY (or SECRET_KEY_FILE) to at least 50 random characters.")


def test_other_host_with_secret_runs_over_https(tmp_path):
    assert start(tmp_path, ALLOWED_HOSTS="portal.example.org", SECRET_KEY=LONG, **KEYS) == "False True True"


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "INDEX_KEY"])
def test_other_host_needs_every_secret(tmp_path, name):
    given = {"SECRET_KEY": LONG, **KEYS}
    del given[name]

    assert f"Set {name}" in start(tmp_path, ALLOWED_HOSTS="portal.example.org", **given)


def test_other_host_shows_no_code_to_visitors(tmp_path):
    said = start(tmp_path, ALLOWED_HOSTS="portal.example.org", SECRET_KEY=LONG, DEBUG="True", **KEYS)

    assert said.endswith("Set DEBUG to False.")


def test_secret_is_read_from_a_file(tmp_path):
    (tmp_path / "key").write_text(LONG)

    assert (
        start(tmp_path, ALLOWED_HOSTS="portal.example.org", SECRET_KEY_FILE=str(tmp_path / "key"), **KEYS) == "False True True"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "maybe", "DEBUG is 'maybe'. Set it to True or False, or leave it out."),
        ("DATABASE_URL", "db", "DATABASE_URL is not understood. Set it like postgres://user:password@host/portal."),
        ("DATABASE_POOL", "2", "DATABASE_POOL is '2'. Set it to a whole number from 4 to 1000, or leave it out."),
        ("TIME_ZONE", "Mars", "TIME_ZONE is 'Mars', which is no time zone. Set it to a name like America/New_York."),
        (
            "NOT_NEEDED",
            "privacy=elsewhere,languages",
            "NOT_NEEDED gives no reason for 'languages'. Set it like languages=our reason,other=reason.",
        ),
        ("SECRET_KEY", "short", "SECRET_KEY is too short. Set it to at least 50 random characters."),
        ("SECRET_KEY_FILE", "/none", "No such file or directory. Set it to a file that holds SECRET_KEY."),
        ("RETENTION_DAYS", "-1", "RETENTION_DAYS is '-1'. Set it to a whole number from 1 to 36500, or leave it out."),
        ("FEEDBACK_DAYS", "0", "FEEDBACK_DAYS is '0'. Set it to a whole number from 1 to 36500, or leave it out."),
        ("SEARCHES_DAYS", "a year", "SEARCHES_DAYS is 'a year'. Set it to a whole number from 1 to 36500, or leave it out."),
        ("LOG_LEVEL", "info", "Set it to INFO or DEBUG or WARNING or ERROR or CRITICAL, or leave it out."),
        ("SITE_URL", "portal.example.org", "Set it like https://portal.example.org, with nothing behind it."),
        ("LINK_BASE", "http://192.168.1.5:8000", "docs/operating.md says how to serve others."),
        ("EMAIL_URL", "smtp://clinic:secret@:x", "Set it like smtp+tls://user:password@mail.example.org:587."),
        ("EMAIL_URL", "mail.example.org", "Set it like smtp+tls://user:password@mail.example.org:587."),
    ],
)
def test_bad_value_is_refused_with_what_to_set(tmp_path, name, value, said):
    assert start(tmp_path, **{name: value}).endswith(said)


def test_nothing_after_the_sign_is_the_default(tmp_path):
    """As compose and a copied line leave it."""
    names = "ALLOWED_HOSTS AUDIT_HEADS ERASURE_LIST FEEDBACK_DAYS LINK_BASE LOG_LEVEL MAIL_FROM PAGE_CACHE_MB RETENTION_DAYS SITE_URL"
    code = "import portal.settings as s; print(s.FEEDBACK_DAYS, s.ERASURE_LIST.name, len(s.ALLOWED_HOSTS), s.LINK_BASE)"

    assert start(tmp_path, code, **dict.fromkeys(names.split(), "")) == "365 erasures.list 4 http://127.0.0.1:8000"


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]"])
def test_every_address_of_this_machine_serves_it(tmp_path, host):
    """`make run HOST=127.0.0.2` says so by LINK_BASE; every page answered 400 before."""
    code = f"import portal.settings as s; print(s.LOCAL, {host!r} in s.ALLOWED_HOSTS)"

    assert start(tmp_path, code, LINK_BASE=f"http://{host}:8000") == "True True"


def test_each_line_of_the_example_is_a_setting(tmp_path):
    lines = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    told = {name: value for name, value in lines.items() if value and "…" not in value}

    assert start(tmp_path, **told | {"SECRET_KEY": LONG, "VAR_DIR": str(tmp_path)} | KEYS) == "False True True"


def test_secret_that_two_make_at_once_is_one(tmp_path):
    """The second comes while the first is making it."""
    second = []

    def slowly():
        second.append(kept_secret(tmp_path / "key", made=lambda: "of the second"))
        return "of the first"

    first = kept_secret(tmp_path / "key", made=slowly)

    assert [first, *second] == ["of the second"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_kept_secret_stays_the_same(tmp_path):
    assert kept_secret(tmp_path / "key") == kept_secret(tmp_path / "key")


def test_flag_reads_words(monkeypatch):
    monkeypatch.setenv("A", "True")
    monkeypatch.setenv("B", "0")
    monkeypatch.setenv("C", "2")

    assert (Environment().flag("A"), Environment().flag("B"), Environment().flag("NONE")) == (True, False, False)
    with pytest.raises(ImproperlyConfigured):
        Environment().flag("C")


def test_zones_are_those_of_the_locked_package():
    """Debian 12 still had 2025b in December 2026: an hour off in Winnipeg from that winter on."""
    assert zoneinfo.TZPATH == ()
    assert datetime(2027, 1, 15, tzinfo=zoneinfo.ZoneInfo("America/Winnipeg")).utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize("former", [("publishing", "0001_initial"), ("conditions", "0002_medicine_warnings")])
def test_a_database_of_before_migrations_began_anew_is_refused(db, former):
    assert run_checks(tags=["database"], databases=["default"]) == []
    MigrationRecorder(connection).record_applied(*former)

    [error] = run_checks(tags=["database"], databases=["default"])

    assert error.msg == "The database “default” was made before migrations began anew, and cannot be used any more."
