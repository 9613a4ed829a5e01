"""The review clock: mails to whoever keeps a page, before its promised review is due, on the day, and every week after.

No job watches the calendar. What makes an edition live posts its next message, and each message posts the one after it
when its turn comes. So a mail server or a `deliver` that was away for a month is followed by one message, not by four.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from conditions.models import Edition
from foundation.outbox.actions import post_once
from foundation.outbox.models import Message
from foundation.prose.addresses import sendable

KIND = "page review"
DAYS_BEFORE = (90, 30, 0)
HOUR = time(9)  # on the site's clock


def next_reminder(due: date, now: datetime) -> datetime:
    """When the next message about a review due on `due` leaves: the first mark after `now`. Both moments are aware."""
    weeks = max(0, (timezone.localdate(now) - due).days // 7)
    days = [*(-days for days in DAYS_BEFORE), 7 * weeks, 7 * (weeks + 1)]
    moments = [timezone.make_aware(datetime.combine(due + timedelta(days), HOUR)) for days in days]
    return min(moment for moment in moments if moment > now)


def post_reminder(edition: Edition) -> None:
    """Posts the edition's next message, in the caller's transaction; once, however often this is called."""
    if edition.next_review_due and edition.status == Edition.Status.APPROVED:
        at = next_reminder(edition.next_review_due, timezone.now())
        post_once(once=f"{KIND} {edition.pk} {at:%Y-%m-%d}", kind=KIND, object_id=edition.pk, at=at)


def compose(message: Message) -> EmailMessage | None:
    """The mail, true at this moment; None where the edition was replaced or withdrawn, or is not shown yet."""
    now = timezone.now()
    with transaction.atomic():
        shown_or_coming = Q(pk__in=Edition.objects.live(now).values("pk")) | Q(status="approved", publish_at__gt=now)
        found = Edition.objects.filter(shown_or_coming, pk=message.object_id).select_related("condition__owner").first()
        if found is None:
            return None
        post_reminder(found)
    return _mail(found) if found.publish_at and found.publish_at <= now else None


def _mail(edition: Edition) -> EmailMessage | None:
    """To the owner; without one who can be reached, to everybody who approves pages. None if that is nobody."""
    owner = edition.condition.owner
    to = sendable(owner.email) if owner and owner.is_active else ""
    facts = _facts(edition) | {"is_owned": bool(to)}
    text = render_to_string("admin/conditions/mail/review.txt", facts, using="text").strip() + "\n"
    subject = f"{_in_days(facts['days'])}: {edition.condition}"
    recipients = [to] if to else _approvers()
    return EmailMessage(subject, text, to=recipients) if recipients else None


def _approvers() -> list[str]:
    found = User.objects.with_perm("conditions.approve_edition", backend="django.contrib.auth.backends.ModelBackend")
    stored = found.filter(is_staff=True).exclude(email="").values_list("email", flat=True)
    return sorted({sendable(address) for address in stored} - {""})


def _facts(edition: Edition) -> dict[str, Any]:
    """What the mail says; addresses are whole, since it is read elsewhere."""
    draft = Edition.objects.open().of_page(edition).first()
    change = reverse("admin:conditions_edition_change", args=[draft.pk]) if draft else ""
    start = edition.condition.new_draft_address(edition.language)
    return {
        "edition": edition,
        "name": str(edition.condition),
        "language": edition.get_language_display(),
        "days": (edition.next_review_due - timezone.localdate()).days if edition.next_review_due else 0,
        "is_written": bool(draft),
        "draft": settings.LINK_BASE + (change or start),
        "page": settings.LINK_BASE + reverse("admin:conditions_condition_change", args=[edition.condition_id]),
    }


def _in_days(days: int) -> str:
    if days == 0:
        return _("Review due today")
    if days > 0:
        return ngettext("Review due tomorrow", "Review due in %(days)d days", days) % {"days": days}
    return ngettext("Review %(days)d day late", "Review %(days)d days late", -days) % {"days": -days}


def mail_history(editions: list[Edition]) -> list[str]:
    """What became of the mails about these editions, a sentence for each mail that was tried or waits; newest first."""
    by_pk = {edition.pk: edition for edition in editions}
    rows = Message.objects.filter(kind=KIND, object_id__in=by_pk).exclude(status=Message.Status.DROPPED)[:10]
    return [f"{by_pk[row.object_id].get_language_display()}: {_outcome(row)}" for row in rows]


def _outcome(message: Message) -> str:
    if message.status == Message.Status.SENT:
        return _("sent on %(when)s") % {"when": _day(message.sent_at)}
    if message.status == Message.Status.FAILED and message.uncertain:
        return _("perhaps sent: the mail server never said whether it took it (%(fault)s)") % {"fault": message.last_fault}
    if message.status == Message.Status.FAILED:
        return _("could not be sent (%(fault)s)") % {"fault": message.last_fault}
    return _("the next one leaves on %(when)s") % {"when": _day(message.next_try_at)}


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j M Y, H:i")
