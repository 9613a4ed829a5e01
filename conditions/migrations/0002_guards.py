"""A published edition cannot be changed or deleted, whatever program tries."""

from typing import Any

from django.db import migrations

from foundation.audit.guards import lift, refuse

FIXED = (
    "condition_id language number change_note summary key_points ask_us call_today emergency "
    "reviewed_by_id reviewed_on signed_digest publish_at next_review_due"
).split()
PUBLISHED = "IN ('approved', 'withdrawn')"
MESSAGE = "A published edition cannot be changed. Start a new draft."


def guards(fixed: list[str] = FIXED) -> list[dict[str, str]]:
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in fixed)
    back = "NEW.status NOT IN ('approved', 'withdrawn') OR (OLD.status = 'withdrawn' AND NEW.status <> 'withdrawn')"
    edition = {"table": "conditions_edition", "message": MESSAGE}
    made = [
        {**edition, "name": "edition_fixed", "event": "UPDATE", "when": f"OLD.status {PUBLISHED} AND ({changed} OR {back})"},
        {**edition, "name": "edition_kept", "event": "DELETE", "when": f"OLD.status {PUBLISHED}"},
    ]
    for part in ("section", "source"):
        for event, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            when = " OR ".join(
                f"(SELECT status FROM conditions_edition WHERE id = {row}.edition_id) {PUBLISHED}" for row in rows
            )
            table = f"conditions_{part}"
            made.append(
                {"name": f"{part}_no_{event.lower()}", "table": table, "event": event, "when": when, "message": MESSAGE}
            )
    return made


def install(apps: Any, schema_editor: Any) -> None:
    for guard in guards():
        refuse(schema_editor, **guard)


def remove(apps: Any, schema_editor: Any) -> None:
    for guard in guards():
        lift(schema_editor, name=guard["name"], table=guard["table"])


class Migration(migrations.Migration):
    dependencies = [("conditions", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
