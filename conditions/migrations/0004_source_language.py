from importlib import import_module
from typing import Any

from django.db import migrations

import foundation.pages.languages
import foundation.prose.fields
from foundation.audit.guards import follow, refuse

FIRST = import_module("conditions.migrations.0001_initial")


def reinstall_guards(apps: Any, schema_editor: Any) -> None:
    """SQLite makes the table anew for another column, and forgets the triggers that guard and count it."""
    if schema_editor.connection.vendor == "sqlite":
        for install, rules in ((refuse, FIRST.kept()), (follow, FIRST.counted())):
            for rule in rules:
                if rule["table"] == "conditions_source":
                    install(schema_editor, **rule)


class Migration(migrations.Migration):

    dependencies = [
        ("conditions", "0003_language_choices"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="language",
            field=foundation.prose.fields.Code(
                default="en",
                help_text="Of the title, as a code: en, es.",
                max_length=12,
                validators=[foundation.pages.languages.check_language],
                verbose_name="language",
            ),
        ),
        migrations.RunPython(reinstall_guards, migrations.RunPython.noop),
    ]
