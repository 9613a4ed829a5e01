"""What a family typed on its private page and did not send: kept sealed for a day, so that leaving by any way loses nothing."""

from django.db import transaction
from django.utils import timezone

from appointments.forms import Answers
from appointments.models import Draft, Request
from foundation.privacy.keys import Unreadable


@transaction.atomic
def keep(row: Request, action: str, typed: Answers) -> None:
    """The answers of one form, by the name of what it does; empty ones forget it."""
    now = timezone.now()
    draft, _new = Draft.objects.select_for_update().get_or_create(key=row.page_draft_key, defaults={"expires_at": now})
    others = {name: answers for name, answers in _read(draft).items() if name != action}
    draft.write(others | ({action: typed} if typed else {}))


def find(row: Request, action: str) -> Answers:
    draft = Draft.objects.filter(key=row.page_draft_key).first()
    return _read(draft).get(action, {}) if draft else {}


def forget(row: Request, action: str) -> None:
    if find(row, action):
        keep(row, action, {})


def _read(draft: Draft) -> dict[str, Answers]:
    try:
        return draft.read() if draft.expires_at > timezone.now() else {}
    except Unreadable:  # no key opens it: as good as gone
        return {}
