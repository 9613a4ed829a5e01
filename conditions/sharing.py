"""A draft before it is public: links that show it to people without an account, what they say of it, who has it open."""

import json
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from conditions.actions.log import locked, log_step
from conditions.models import Comment, Edition, EditionStep, Presence, PreviewLink, Section
from foundation.audit.actions import record
from foundation.privacy import tokens
from foundation.workflow import Refused, check_permission, name_of

HERE = timedelta(seconds=90)  # three beats of `admin-presence.js`
FORGOTTEN = timedelta(days=1)


@transaction.atomic
def share(
    *, edition: Edition, by: User, for_whom: str, days: int, may_comment: bool = True, form: str = ""
) -> tuple[PreviewLink, str]:
    """A link that shows the draft for `days` times 24 hours, and its secret, which is kept nowhere.

    `form` is a random number: with it, the same words make the same link, so that a form sent twice shows one that works.
    """
    check_permission(by, "conditions.change_edition")
    if not locked(edition).is_open:
        raise Refused(_("This edition is no draft any more, so there is nothing to preview."))
    sent = json.dumps([by.pk, edition.pk, for_whom, days, may_comment, form])
    secret, kept = tokens.made_from(sent) if form else tokens.new()
    if PreviewLink.objects.filter(token_hash=kept).exists():
        before = PreviewLink.objects.working().filter(token_hash=kept).first()
        if before is None:
            raise Refused(_("This form was sent before, and its link has ended. Open the form anew to make another link."))
        return before, secret
    link = PreviewLink.objects.create(
        edition=edition,
        for_whom=for_whom,
        token_hash=kept,
        may_comment=may_comment,
        made_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    log_step(edition=edition, by=by, verb="shared", words=for_whom, link=link.pk)
    return link, secret


@transaction.atomic
def revoke(*, link: PreviewLink, by: User) -> None:
    """The link shows nothing any more, at once. Revoking it again changes nothing."""
    check_permission(by, "conditions.change_edition")
    if PreviewLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log_step(edition=link.edition, by=by, verb="revoked", words=link.for_whom, link=link.pk)


@transaction.atomic
def comment(*, link: PreviewLink, who: str, words: str, section: Section | None = None) -> Comment:
    """A remark by somebody with a link, on one section or on the whole. Refused once the link does not take any."""
    locked(link.edition)  # so that nobody signs it at this moment
    if not PreviewLink.objects.working().filter(pk=link.pk, may_comment=True).exists():
        raise Refused(_("This link takes no comments any more."))
    made = Comment.objects.create(edition=link.edition, section=section, words=words, link=link, who=who)
    claimed = _("%(who)s, with the preview link for %(name)s,") % {"who": who, "name": link.for_whom}
    EditionStep.objects.create(edition=link.edition, who=claimed[:150], verb="commented", words=words)
    record(by="preview link", verb="commented", obj=link.edition, link=link.pk)
    return made


@transaction.atomic
def be_seen(*, edition: Edition, user: User, now: datetime | None = None) -> None:
    """Keeps that this person has the draft open at `now` (UTC, default: this moment), and forgets what is a day old."""
    now = now or timezone.now()
    Presence.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    own, made = Presence.objects.select_for_update().get_or_create(
        edition=edition, user=user, defaults={"since": now, "seen_at": now}
    )
    if not made:
        own.since = now if own.seen_at < now - HERE else own.since
        own.seen_at = now
        own.save(update_fields=["since", "seen_at"])


def others_here(edition: Edition, user: User) -> str:
    """Who else has the draft open, in sentences; "" if nobody does."""
    seen = Presence.objects.filter(edition=edition, seen_at__gte=timezone.now() - HERE).exclude(user=user)
    return " ".join(
        _("%(name)s has this draft open too, since %(time)s.")
        % {
            "name": name_of(row.user),
            "time": time_format(timezone.localtime(row.since), "H:i"),
        }
        for row in seen.select_related("user").order_by("since", "pk")
    )
