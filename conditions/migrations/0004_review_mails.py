"""Pages that were approved before there were review mails get their first one."""

from typing import Any

from django.conf import settings
from django.db import migrations
from django.utils import timezone
from django.utils.crypto import get_random_string

from conditions.reviews import KIND, next_moment


def post_first(apps: Any, schema_editor: Any) -> None:
    """For every approved edition: what is not on a page drops out when its turn comes."""
    now = timezone.now()
    messages = apps.get_model("outbox", "Message").objects
    for pk, due in apps.get_model("conditions", "Edition").objects.filter(status="approved").values_list("pk", "next_review_due"):
        at = next_moment(due, now)
        messages.get_or_create(
            once=f"{KIND} {pk} {at:%Y-%m-%d}",
            defaults={
                "kind": KIND,
                "object_id": pk,
                "leave_at": at,
                "next_try_at": at,
                "message_id": f"<{get_random_string(32)}@{settings.MESSAGE_HOST}>",
            },
        )


class Migration(migrations.Migration):
    dependencies = [("conditions", "0003_life"), ("outbox", "0002_message_once")]

    operations = [migrations.RunPython(post_first, migrations.RunPython.noop)]
