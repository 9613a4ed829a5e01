"""The head of the record goes forwards only, and neither table is emptied at one blow."""

from typing import Any

from django.db import migrations

from foundation.audit.guards import refuse, refuse_truncate

MESSAGE = "The audit record is append-only."


def install(apps: Any, schema_editor: Any) -> None:
    table = "audit_head"
    refuse(schema_editor, name="audit_head_forwards", table=table, event="UPDATE", when="NEW.sequence <= OLD.sequence", message=MESSAGE)
    refuse(schema_editor, name="audit_head_stays", table=table, event="DELETE", when="1 = 1", message=MESSAGE)
    for emptied in ("audit_head", "audit_record"):
        refuse_truncate(schema_editor, table=emptied, message=MESSAGE)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
