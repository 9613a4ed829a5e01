"""Who has a draft open at this moment."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from conditions.models import Edition, Presence
from foundation.workflow import name_of

PRESENT = timedelta(seconds=90)  # three beats of `admin-presence.js`
FORGOTTEN = timedelta(days=1)


@transaction.atomic
def record_presence(*, edition: Edition, user: User, now: datetime | None = None) -> None:
    """Keeps that this person has the draft open at `now` (UTC, default: this moment), and forgets what is a day old."""
    now = now or timezone.now()
    Presence.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    presence, is_new = Presence.objects.select_for_update().get_or_create(
        edition=edition, user=user, defaults={"since": now, "seen_at": now}
    )
    if not is_new:
        presence.since = now if presence.seen_at < now - PRESENT else presence.since
        presence.seen_at = now
        presence.save(update_fields=["since", "seen_at"])


def others_present(edition: Edition, user: User) -> str:
    """Who else has the draft open, in sentences; "" if nobody does."""
    others = Presence.objects.filter(edition=edition, seen_at__gte=timezone.now() - PRESENT).exclude(user=user)
    return " ".join(
        _("%(name)s has this draft open too, since %(time)s.")
        % {"name": name_of(row.user), "time": time_format(timezone.localtime(row.since), "H:i")}
        for row in others.select_related("user").order_by("since", "pk")
    )
