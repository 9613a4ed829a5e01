"""What every test stands on: no network, no files of the developer's, a fixed cast."""

import socket

import pytest
from django.conf import settings
from django.test import override_settings

from foundation.search import word_index
from tests import factories
from tests.clients import Client
from tests.parallel import own_database

ONCE = [
    "browser/",
    "test_appointments_access",
    "test_appointments_calendar",
    "test_appointments_case",
    "test_appointments_forms",
    "test_appointments_leaving",
    "test_appointments_messages",
    "test_appointments_roles",
    "test_appointments_start",
    "test_appointments_times",
    "test_appointments_typed",
    "test_appointments_unusual",
    "test_audit_values",
    "test_conditions_admin",
    "test_conditions_care",
    "test_conditions_coach",
    "test_conditions_comparing",
    "test_conditions_feedback",
    "test_conditions_reviews",
    "test_conditions_shared",
    "test_conditions_versions",
    "test_content_broken",
    "test_content_files",
    "test_deploy",
    "test_directory_admin",
    "test_directory_pages",
    "test_directory_phones",
    "test_news_admin",
    "test_news_pages",
    "test_outbox_admin",
    "test_portal_boxes",
    "test_portal_days",
    "test_portal_environment",
    "test_portal_errors",
    "test_portal_headers",
    "test_portal_home",
    "test_portal_pagecache",
    "test_portal_pictures",
    "test_portal_rights",
    "test_portal_roles",
    "test_portal_signin",
    "test_portal_whole_body",
    "test_portal_structured",
    "test_portal_translations",
    "test_portal_unavailable",
    "test_privacy_keys",
    "test_privacy_scrub",
    "test_prose_html",
    "test_prose_typed",
    "test_publishing_editor",
    "test_publishing_library",
    "test_publishing_links",
    "test_publishing_pictures",
    "test_publishing_readability",
    "test_publishing_saves_first",
    "test_publishing_text",
    "test_repository",
    "test_sample_words",
    "test_stories_admin",
    "test_stories_files",
    "test_stories_pages",
]


def pytest_collection_modifyitems(items):
    """Marks what says nothing of the database, so that the run on PostgreSQL need not repeat it."""
    for item in items:
        if any(f"/tests/{name}" in str(item.path) for name in ONCE):
            item.add_marker(pytest.mark.once)


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files():
    """Addresses of style sheets and scripts are the same, whether `make run` collected them before or not."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Pictures and mail of one test never meet another's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_words(monkeypatch):
    """What the search remembers of one test's rows is not taken for another's, which may have the same numbers."""
    monkeypatch.setattr(word_index, "memory", word_index.Memory())


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Only this machine may be reached."""
    connect = socket.socket.connect

    def guarded(self, target):
        host = target[0] if isinstance(target, tuple) else "unix"
        assert host in {"unix", "localhost", "127.0.0.1", "::1"}, f"a test tried to reach {host}"
        return connect(self, target)

    monkeypatch.setattr(socket.socket, "connect", guarded)


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
