"""The audit record is append-only in the database itself."""

from typing import Any

from django.db import migrations

from foundation.audit.guards import lift, refuse

EVENTS = ("UPDATE", "DELETE")


def install(apps: Any, schema_editor: Any) -> None:
    for event in EVENTS:
        refuse(
            schema_editor,
            name=f"audit_no_{event.lower()}",
            table="audit_record",
            event=event,
            when="1 = 1",
            message="The audit record is append-only.",
        )


def remove(apps: Any, schema_editor: Any) -> None:
    for event in EVENTS:
        lift(schema_editor, name=f"audit_no_{event.lower()}", table="audit_record")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
