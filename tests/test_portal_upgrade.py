"""Two nodes are upgraded one after the other, so for a while old code works on new tables. In full, with processes: `make upgrade-test`."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse

from appointments import actions
from appointments.models import Request
from foundation.audit.actions import faults
from tests import factories

RELEASED: dict[str, str] = {}  # by app, its last migration in the last release; none yet
HARMLESS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)


def fits_old_code(operation):
    """Whether code that knows nothing of it goes on: it names all columns that it reads and writes."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return field.many_to_many or field.null or field.has_db_default()
    return isinstance(operation, HARMLESS)


OPERATIONS = [
    (migrations.AddField("request", "hour", models.CharField(max_length=9, db_default="")), True),
    (migrations.AddField("request", "hour", models.CharField(max_length=9, null=True)), True),
    (migrations.AddField("request", "hour", models.CharField(max_length=9, default="")), False),
    (migrations.AddIndex("request", models.Index(fields=["status"], name="by_status")), True),
    (migrations.RemoveField("request", "note"), False),
    (migrations.RenameField("request", "note", "words"), False),
    (migrations.AlterField("request", "note", models.CharField(max_length=9)), False),
    (migrations.AddConstraint("request", models.UniqueConstraint(fields=["note"], name="one_note")), False),
    (migrations.DeleteModel("request"), False),
    (migrations.RunSQL("DROP TABLE x"), False),
]


@pytest.mark.parametrize(("operation", "fits"), OPERATIONS, ids=lambda each: getattr(each, "migration_name_fragment", each))
def test_what_old_code_can_work_beside_is_told_from_what_it_cannot(operation, fits):
    assert fits_old_code(operation) is fits


def test_each_migration_since_the_last_release_fits_its_code_or_says_why_it_does_all_the_same():
    """`beside_old_code = "0.3 has not used the column since …"` in the migration; see docs/operating.md, Upgrade."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    unsaid = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in RELEASED and name > RELEASED[app] and not getattr(migration, "beside_old_code", "")
        for operation in migration.operations
        if not fits_old_code(operation)
    ]

    assert unsaid == []


@pytest.mark.databases
def test_todays_code_goes_on_when_every_table_has_a_column_of_the_next_release(own, client, settings):
    """With rows of before and new ones: a page, a search, an answer, a request from receiving to its visit, mail, nightly work."""
    cora = factories.coordinator("cora", factories.department(), permissions=("work_requests", "view_request", "view_message"))
    factories.live("before")
    old = factories.request(draft_key="b" * 64)
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models(include_auto_created=True)}:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN of_the_next_release varchar(9) NOT NULL DEFAULT 'new'")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    factories.live("crmo")
    row = factories.request()
    for request in (old, row):
        actions.take(request=request, by=cora)
        actions.add_words(request=request, words="We move soon.")
        actions.close(request=request, by=cora, reason="elsewhere", words="Seen elsewhere.")
    client.post("/conditions/crmo/feedback/", {"helpful": "yes"}, headers={"Sec-Fetch-Site": "same-origin"})
    for command in ("deliver --once", "purge", "verify_audit", "export_audit_head", "rebuild_search", "check_links"):
        call_command(*command.split(), verbosity=0)
    client.force_login(cora)
    pages = ["/", "/conditions/", "/conditions/crmo/", "/conditions/before/", "/search/?q=bone", "/sitemap.xml", "/readyz"]
    pages += [f"/appointments/r/{row.link}/", reverse("admin:index"), "/admin/appointments/request/"]

    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert set(Request.objects.values_list("status", flat=True)) == {"closed"}
    assert list(faults()) == []
