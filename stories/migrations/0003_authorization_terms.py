from importlib import import_module
from typing import Any

from django.db import migrations, models

from foundation.audit.guards import refuse

FIRST = import_module("stories.migrations.0001_initial")
# What the paper says is filled in once, then stays like the rest of it.
TERMS = ("form_version", "purpose", "recipients", "how_to_revoke", "third_party_pay")
CHANGED = [
    *FIRST.CHANGED,
    *(f"(OLD.{name} <> '' AND NEW.{name} <> OLD.{name})" for name in TERMS),
    "(OLD.copy_given_on IS NOT NULL AND NEW.copy_given_on IS DISTINCT FROM OLD.copy_given_on)",
]


def reinstall_guards(apps: Any, schema_editor: Any) -> None:
    """SQLite made the table anew for another column, and forgot its triggers; PostgreSQL keeps them as they were."""
    fixed, kept = FIRST.GUARDS
    if schema_editor.connection.vendor == "sqlite":
        refuse(schema_editor, table="stories_authorization", **kept)
    else:
        schema_editor.execute(f"DROP TRIGGER {fixed['name']} ON stories_authorization")
        schema_editor.execute(f"DROP FUNCTION {fixed['name']}()")
    refuse(schema_editor, table="stories_authorization", **fixed | {"when": " OR ".join(CHANGED)})


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0002_translations'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorization',
            name='copy_given_on',
            field=models.DateField(blank=True, null=True, verbose_name='copy given to the family on'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='form_version',
            field=models.CharField(blank=True, help_text='The number at the foot of the signed paper.', max_length=40, verbose_name='form'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='how_to_revoke',
            field=models.CharField(blank=True, help_text='As the paper says it.', max_length=300, verbose_name='how it can be taken back'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='purpose',
            field=models.CharField(blank=True, help_text='As the paper says it.', max_length=300, verbose_name='what for'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='recipients',
            field=models.CharField(blank=True, help_text='As the paper says it.', max_length=300, verbose_name='who may see it'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='third_party_pay',
            field=models.CharField(blank=True, choices=[('none', 'Nobody pays us for showing it'), ('paid', 'Somebody else pays us for showing it, and the paper says so')], max_length=10, verbose_name='money from others'),
        ),
        migrations.AddConstraint(
            model_name='authorization',
            constraint=models.CheckConstraint(condition=models.Q(('copy_given_on', None), ('copy_given_on__gte', models.F('signed_on')), _connector='OR'), name='stories_authorization_copy_after_signed', violation_error_message='The family gets a copy of what was signed, so not before “signed on”.'),
        ),
        migrations.RunPython(reinstall_guards, migrations.RunPython.noop),
    ]
