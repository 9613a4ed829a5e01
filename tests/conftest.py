"""What every test stands on: no network, no files of the developer's, a fixed cast."""

import gc
import socket

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from foundation.search import word_index
from portal.transfer import turns
from tests import factories, kept
from tests.clients import Client
from tests.parallel import copy_tables, own_database, sample_database


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        kept.start()


def pytest_collection_finish():
    """What was imported stays: to look through it again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, django_db_modify_db_settings):
    """A copy of a database whose tables were made once: on SQLite for this state of the code, on PostgreSQL for this run."""
    with django_db_blocker.unblock():
        copy_tables()


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files():
    """Addresses of style sheets and scripts are the same, whether `make run` collected them before or not.

    And what every client would pay for costs nothing: the hash of a password, a look at each static file.
    """
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    storages = settings.STORAGES | {"staticfiles": plain}
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=quick, WHITENOISE_USE_FINDERS=False):
        yield


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Pictures, mail, erasures and written-down heads of one test never meet another's."""
    settings.ERASURE_LIST = tmp_path / "erasures.list"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.AUDIT_HEADS = tmp_path / "audit-heads.txt"


@pytest.fixture(autouse=True)
def _own_words(monkeypatch):
    """What the search remembers of one test's rows is not taken for another's, which may have the same numbers."""
    monkeypatch.setattr(word_index, "memory", word_index.Memory())


@pytest.fixture(autouse=True)
def _no_rests(monkeypatch):
    """Long work of a test leaves its database to nobody: nobody else writes there."""
    monkeypatch.setattr(turns, "LONGEST_REST", 0)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Only this machine may be reached."""
    connect = socket.socket.connect

    def guarded(self, target):
        host = target[0] if isinstance(target, tuple) else "unix"
        assert host in {"unix", "localhost", "127.0.0.1", "::1"}, f"a test tried to reach {host}"
        return connect(self, target)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker):
    """For a cast that all tests of a module share: what its fixtures make is taken back when the module ends.

    Tests change rows as with `db`. They take clients by `again`, as what happens to a client is not taken back, and need
    no `own`, which throws away what is not committed.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sample(django_db_setup, django_db_blocker, tmp_path_factory):
    """The sample site in a database that the tests of a module share, each with `db`; the folder of its files."""
    folder = tmp_path_factory.mktemp("sample")
    with django_db_blocker.unblock(), sample_database(folder):
        yield folder


@pytest.fixture
def client():
    """A browser; staff whom it signs in by force have their second factor."""
    return Client()


@pytest.fixture
def admin_client(client, admin_user):
    """The browser of somebody who may do everything."""
    client.force_login(admin_user)
    return client


@pytest.fixture
def editor(db):
    """Edith writes."""
    return factories.staff("edith", "add_edition", "change_edition", "view_edition", "view_condition", "change_condition")


@pytest.fixture
def reviewer(db):
    """Rhea is a clinician and signs off."""
    user = factories.staff("rhea", "sign_off_edition", "view_edition")
    factories.clinician(slug="rhea-sample", name="Rhea Sample", user=user)
    return user


@pytest.fixture
def publisher(db):
    """Paul approves and withdraws."""
    return factories.staff("paul", "approve_edition", "view_edition", "change_edition")


@pytest.fixture
def own(db, tmp_path):
    """A database of the test's own with real transactions, for threads. It replaces the one of `db` until the test ends."""
    with own_database(tmp_path / "own.sqlite3"):
        yield
