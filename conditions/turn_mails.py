"""Whose turn it is: a mail to those who work on a text when a colleague did something with it.

`TOLD` says who is told of what. One mail gathers what was done: at most one an hour for each person, none at night.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from conditions.edition_log import describe
from conditions.models import Edition, EditionEvent
from conditions.worklist import all_signed, to_sign
from foundation.outbox.actions import post
from foundation.outbox.models import Message
from foundation.prose.addresses import sendable

KIND = "edition turn"
GATHER, APART = timedelta(minutes=5), timedelta(hours=1)
DAY_BEGINS, DAY_ENDS = time(7), time(20)  # on the site's clock; later mails wait for the morning
BACKEND = "django.contrib.auth.backends.ModelBackend"

Audience = Callable[[Edition], Q]  # finds accounts


def authors(edition: Edition) -> Q:
    return Q(pk__in=edition.authors.values("pk"))


def reviewers(edition: Edition) -> Q:
    return Q(clinician__in=edition.asked.all()) | Q(clinician__in=edition.sign_offs.values("reviewer"))


def signers(edition: Edition) -> Q:
    """Those who were asked, or every clinician who may sign where nobody was."""
    asked = edition.asked.all()
    return Q(clinician__in=asked) if asked else Q(clinician__isnull=False) & _allowed("conditions.sign_off_edition")


def commenters(edition: Edition) -> Q:
    return Q(pk__in=edition.comments.values("by"))


def keepers(edition: Edition) -> Q:
    """The authors, who signed, and the owner of the page."""
    return authors(edition) | reviewers(edition) | Q(owned_conditions=edition.condition_id)


def keepers_and_translators(edition: Edition) -> Q:
    """Also who wrote the translations: they are behind now."""
    others = Edition.objects.live().filter(condition=edition.condition_id).exclude(language=edition.language)
    return keepers(edition) | Q(pk__in=others.values("authors"))


def authors_and_approvers(edition: Edition) -> Q:
    """Who approves is told once nobody has to sign any more."""
    may_be_approved = all_signed().filter(pk=edition.pk).exists()
    return authors(edition) | _allowed("conditions.approve_edition") if may_be_approved else authors(edition)


def _allowed(permission: str) -> Q:
    return Q(pk__in=User.objects.with_perm(permission, backend=BACKEND).values("pk"))


TOLD: dict[str, Audience] = {
    "submitted": signers,
    "took back": reviewers,
    "sent back": authors,
    "commented": authors,
    "answered": commenters,
    "signed off": authors_and_approvers,
    "voided the sign-off of": reviewers,
    "approved": keepers_and_translators,
    "took off the schedule": keepers,
    "withdrew": keepers,
}
NEXT = {
    "submitted": gettext_lazy("Read it and sign it, or send it back:"),
    "sent back": gettext_lazy("Go on writing:"),
    "commented": gettext_lazy("Answer the comment:"),
}
LOOK = gettext_lazy("Look at it:")


def post_turns(event: EditionEvent) -> None:
    """Tells those whose turn it is, in the caller's transaction. Never the person who acted; nobody of what a command does."""
    if event.verb not in TOLD or not (event.by_id or event.verb == "commented"):
        return
    reached = User.objects.filter(is_active=True, is_staff=True).exclude(email="").exclude(pk=event.by_id or 0)
    shown_from = event.edition.publish_at if event.verb == "approved" else None
    for user in reached.filter(TOLD[event.verb](event.edition)).order_by("pk").distinct():
        _post(user, event, not_before=shown_from or event.at)


def _post(user: User, event: EditionEvent, *, not_before: datetime) -> None:
    """Into the mail that waits for this person, or into one of its own. The lock holds a sender off until the commit."""
    mails = Message.objects.filter(kind=KIND, object_id=user.pk)
    last = mails.filter(leave_at__lte=not_before).order_by("-leave_at").values_list("leave_at", flat=True).first()
    at = next_leave(not_before, last)
    waiting = mails.filter(status=Message.Status.WAITING, attempts=0, leave_at__range=(not_before, at))
    mail = waiting.select_for_update().order_by("leave_at").first()
    if mail:
        mail.detail["events"].append(event.pk)
        mail.save(update_fields=["detail"])
    else:
        post(kind=KIND, object_id=user.pk, at=at, events=[event.pk])


def next_leave(moment: datetime, last: datetime | None) -> datetime:
    """When a mail about something of `moment` leaves: minutes later, an hour after the `last` one, or in the morning. UTC."""
    earliest = max(moment + GATHER, last + APART) if last else moment + GATHER
    local = timezone.localtime(earliest)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return earliest
    day = local.date() + timedelta(days=local.time() >= DAY_ENDS)
    return timezone.make_aware(datetime.combine(day, DAY_BEGINS))


def compose(message: Message) -> EmailMessage | None:
    """The mail, true at this moment; None where all of it was done, or its reader is gone."""
    user = User.objects.filter(pk=message.object_id, is_active=True, is_staff=True).first()
    to = sendable(user.email) if user else ""
    if user is None or not to:
        return None
    events = EditionEvent.objects.filter(pk__in=message.detail["events"]).select_related("edition__condition")
    acts = [act_in_words(event, user) for event in events if is_still_true(event, user)]
    if not acts:
        return None
    facts = {"acts": acts, "first_page": settings.LINK_BASE + reverse("admin:index")}
    text = render_to_string("admin/conditions/mail/turn.txt", facts, using="text").strip() + "\n"
    subject = ngettext("News of “%(page)s”", "News of “%(page)s” and other texts", len({act["page"] for act in acts}))
    return EmailMessage(subject % {"page": acts[0]["page"]}, text, to=[to])


def is_still_true(event: EditionEvent, user: User) -> bool:
    """A text that was signed or taken back meanwhile asks nobody any more."""
    edition = event.edition
    if event.verb == "submitted":
        return bool(to_sign(user).filter(pk=edition.pk).exists())
    if event.verb == "commented":
        return edition.is_open and edition.comments.filter(answer="").exists()
    if event.verb == "approved":
        return Edition.objects.public().filter(pk=edition.pk).exists()
    return event.verb != "sent back" or edition.status == Edition.Status.DRAFT


def act_in_words(event: EditionEvent, user: User) -> dict[str, Any]:
    """One act for the mail, without what somebody wrote: that stands where the address leads."""
    name = {"submitted": "sign-off", "commented": "answer"}.get(event.verb, "change")
    if event.verb == "signed off" and user.has_perm("conditions.approve_edition"):
        name = "approve" if all_signed().filter(pk=event.edition_id).exists() else name
    return {
        "page": str(event.edition.condition),
        "language": event.edition.get_language_display(),
        "sentence": describe(event)["sentence"].removesuffix(":").removesuffix(".") + ".",
        "next": NEXT.get(event.verb, LOOK),
        "address": settings.LINK_BASE + reverse(f"admin:conditions_edition_{name}", args=[event.edition_id]),
    }
