"""Under which letter a name stands, and how it sorts there: the A to Z reads one letter by the index."""

from typing import Any

from django.db import migrations, models

import conditions.models.condition


def compare_bytes(apps: Any, schema_editor: Any) -> None:
    """A folded name sorts alike on both databases, whatever the server's language."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE conditions_conditionname ALTER COLUMN folded TYPE varchar(200) COLLATE "C"')


def fill(apps: Any, schema_editor: Any) -> None:
    """The fields know their value."""
    for name in apps.get_model("conditions", "ConditionName").objects.all():
        name.save(update_fields=["folded", "letter"])


class Migration(migrations.Migration):
    dependencies = [("conditions", "0006_newer_index")]
    operations = [
        migrations.AddField(
            model_name="conditionname",
            name="folded",
            field=conditions.models.condition.Folded(default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="conditionname",
            name="letter",
            field=conditions.models.condition.Letter(default="#", editable=False, max_length=1),
        ),
        migrations.RunPython(compare_bytes, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="conditionname",
            index=models.Index(fields=["letter", "folded"], name="conditions_name_a_to_z"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
