from django.db import migrations, models

from foundation.privacy.keys import Unreadable, blind_index
from foundation.prose.typed import comparable


def index_children(apps, schema_editor):
    """The index of the children in requests that are there; one that no key opens is alike to none."""
    requests = apps.get_model("appointments", "Request").objects.using(schema_editor.connection.alias)
    for row in requests.filter(erased_at=None).iterator():
        try:
            child = f"{comparable(row.child_name)}\x00{row.child_born}"
        except Unreadable:
            continue
        requests.filter(pk=row.pk).update(child_index=blind_index(child, what="child"))


class Migration(migrations.Migration):

    dependencies = [
        ("appointments", "0003_count_open_by_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="child_index",
            field=models.CharField(blank=True, db_index=True, default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="request",
            name="wrong_dates",
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.RunPython(index_children, migrations.RunPython.noop),
    ]
