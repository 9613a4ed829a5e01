"""What `manage.py check` says about backups and restores."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning as Reminder, register


def unfinished() -> Path:
    """A file that is there while a restore into this very place goes on; it names the backup."""
    return Path(settings.VAR_DIR) / "restoring"


@register()
def no_restore_is_unfinished(**kwargs: Any) -> list[CheckMessage]:
    """So that nobody is sent anything, and nothing erased is shown, before the restore has seen to it."""
    if not unfinished().exists():
        return []
    words = f"A restore into this place did not end: {unfinished().read_text(encoding='utf-8').strip()}."
    return [Error(words, hint="Run `manage.py restore … --in-place` with the same backup again.", id="portal.E003")]


@register(deploy=True)
def erasures_are_kept_apart(**kwargs: Any) -> list[CheckMessage]:
    if Path(settings.ERASURE_LIST).is_relative_to(settings.VAR_DIR):
        words = "ERASURE_LIST lies in VAR_DIR: who loses that disk, and restores, brings erased families back."
        return [Reminder(words, hint="Set it to a file on another disk (docs/operating.md).", id="portal.W001")]
    return []
