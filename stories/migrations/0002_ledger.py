"""Papers kept until now covered the whole story, picture and name too; those added from now on say what they cover."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from foundation.audit.guards import lift, refuse

FIXED = [
    "story_id",
    "signed_by",
    "relationship",
    "signed_on",
    "covers_text",
    "covers_picture",
    "covers_name",
    "covers_website",
    "covers_print",
    "covers_social",
]
CHANGED = [
    *(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED),
    *(f"(OLD.{name} IS NOT NULL AND NEW.{name} IS DISTINCT FROM OLD.{name})" for name in ("turns_18_on", "assent_on")),
    "(OLD.signed_for <> '' AND NEW.signed_for <> OLD.signed_for)",
    "(OLD.assent AND NOT NEW.assent)",
    "NEW.expires_on > OLD.expires_on",
    "(OLD.revoked_on IS NOT NULL AND (NEW.revoked_on IS NULL OR NEW.revoked_on > OLD.revoked_on))",
]
GUARDS = [
    {
        "name": "authorization_fixed",
        "event": "UPDATE",
        "when": " OR ".join(CHANGED),
        "message": "What was signed cannot be changed.",
    },
    {
        "name": "authorization_kept",
        "event": "DELETE",
        "when": "true",
        "message": "A signed authorization cannot be deleted.",
    },
]


def install(apps: Any, schema_editor: Any) -> None:
    """What was signed never changes, by whatever way somebody tries."""
    for guard in GUARDS:
        refuse(schema_editor, table="stories_authorization", **guard)


def remove(apps: Any, schema_editor: Any) -> None:
    """For going back."""
    for guard in GUARDS:
        lift(schema_editor, name=guard["name"], table="stories_authorization")


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorization',
            name='asked_again_note',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='what came of asking again'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='asked_again_on',
            field=models.DateField(editable=False, null=True, verbose_name='asked again on'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='assent_on',
            field=models.DateField(blank=True, null=True, verbose_name='the child agreed on'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='covers_name',
            field=models.BooleanField(default=True, verbose_name='covers the name shown'),
        ),
        migrations.AlterField(
            model_name='authorization',
            name='covers_name',
            field=models.BooleanField(default=False, verbose_name='covers the name shown'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='covers_picture',
            field=models.BooleanField(default=True, verbose_name='covers the picture'),
        ),
        migrations.AlterField(
            model_name='authorization',
            name='covers_picture',
            field=models.BooleanField(default=False, verbose_name='covers the picture'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='covers_text',
            field=models.BooleanField(default=True, verbose_name='covers the text'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='revoked_reason',
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name='why it was revoked'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='signed_for',
            field=models.CharField(blank=True, help_text='The person the story is about. Only staff see this.', max_length=200, verbose_name='signed for'),
        ),
        migrations.AddField(
            model_name='authorization',
            name='turns_18_on',
            field=models.DateField(blank=True, help_text='From this day the patient must have signed, or the story is hidden. The birth date is not kept.', null=True, verbose_name='turns 18 on'),
        ),
        migrations.AlterField(
            model_name='authorization',
            name='story',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='authorizations', to='stories.story', verbose_name='story'),
        ),
        migrations.AddConstraint(
            model_name='authorization',
            constraint=models.CheckConstraint(condition=models.Q(('covers_text', True), ('covers_picture', True), _connector='OR'), name='stories_authorization_text_or_picture', violation_error_message='Say whether it covers the text, the picture or both.'),
        ),
        migrations.AddConstraint(
            model_name='authorization',
            constraint=models.CheckConstraint(condition=models.Q(('assent', True), ('assent_on', None), _connector='OR'), name='stories_authorization_assent_has_no_day_alone', violation_error_message='There is a day on which the child agreed, so tick that the child agreed.'),
        ),
        migrations.AddConstraint(
            model_name='authorization',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('relationship', 'patient'), _negated=True), ('turns_18_on', None), ('signed_on__gte', models.F('turns_18_on')), _connector='OR'), name='stories_authorization_patient_is_18', violation_error_message='A patient can sign from the day of turning 18.'),
        ),
        migrations.RunPython(install, remove),
    ]
