"""Many people at once: real transactions, in threads with connections of their own, in a database of the test's own.

The test database is copied rather than emptied afterwards, because the audit record refuses DELETE.
"""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests import kept
from tests.site import fill_tables, made

MOST = 50  # connections at once


def copy_tables():
    """The default connection leads to a test database that has all tables from now on."""
    shared = connections["default"]
    name = shared.creation._get_test_db_name()
    shared.close()
    if shared.vendor == "postgresql":
        shared.close_pool()
        _copy_tables_in_server(shared, name)
    settings.DATABASES["default"]["NAME"] = shared.settings_dict["NAME"] = name
    if shared.vendor == "sqlite":
        shared.ensure_connection()
        kept.fill(shared.connection, kept.find("migrated", fill_tables) / "db.sqlite3")


def _copy_tables_in_server(shared, name):
    original = kept.original()
    with kept.turn("postgresql"), shared._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [original])
        if not cursor.fetchone():
            cursor.execute(f'DROP DATABASE IF EXISTS "{original}_new" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{original}_new"')
            with _leading_to(f"{original}_new"):
                call_command("migrate", verbosity=0)
            cursor.execute(f'ALTER DATABASE "{original}_new" RENAME TO "{original}"')
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')


@contextmanager
def own_database(path):
    """The default connection leads to a copy of the test database while the block runs. Nothing else may be connected to it."""
    shared = connections["default"]
    copy, drop = (_copy_file if shared.vendor == "sqlite" else _copy_in_server)(shared, path)
    try:
        with _leading_to(copy):
            yield
    finally:
        drop()


@contextmanager
def sample_database(folder):
    """The default connection leads to a site with the sample while the block runs; its files are in `folder`."""
    url = made(folder, collected=False).environment["DATABASE_URL"]
    _leave(connections["default"])  # of one name there is one pool: it would lead on to where it led before
    with _leading_to(url.rpartition("/")[2] or str(folder / "db.sqlite3")):
        yield


@contextmanager
def _leading_to(name):
    shared = connections["default"]
    given, options = shared.settings_dict["NAME"], shared.settings_dict["OPTIONS"]
    shared.settings_dict["NAME"] = name
    if "pool" in options:
        shared.settings_dict["OPTIONS"] = options | {"pool": {"min_size": 1, "max_size": MOST}}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        _leave(connections["default"])
        shared.settings_dict.update(NAME=given, OPTIONS=options)
        connections["default"] = shared


def at_once(act, things):
    """What `act` returned or raised for each of `things`, in order; every one in a thread of its own, started together."""
    things = list(things)
    start = threading.Barrier(len(things))

    def run(thing):
        start.wait(timeout=60)
        try:
            return act(thing)
        except Exception as fault:  # noqa: BLE001  the test looks at it
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(things)) as pool:
        return list(pool.map(run, things))


def _copy_file(shared, path):
    shared.connection.rollback()  # what is being written cannot be copied; the transaction of the test is empty still
    with closing(sqlite3.connect(path)) as target:
        shared.connection.backup(target)
    return str(path), lambda: None


def _copy_in_server(shared, path):
    given = shared.settings_dict["NAME"]
    name = f"{given}_own"
    _leave(shared)
    with shared._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{given}"')

    def drop():
        with shared._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    return name, drop


def _leave(connection):
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
