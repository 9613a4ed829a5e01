"""Links that show a draft to people without an account, and what these say of it."""

import json
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conditions.actions import lock, log_event, log_only
from conditions.models import Comment, Edition, PreviewLink, Section
from foundation.audit.actions import record
from foundation.privacy import tokens
from foundation.workflow import Refused, check_permission


@transaction.atomic
def make_link(
    *, edition: Edition, by: User, for_whom: str, days: int, may_comment: bool = True, form: str = ""
) -> tuple[PreviewLink, str]:
    """A link that shows the draft for `days` times 24 hours, and its secret, which is kept nowhere.

    `form` is a random number: with it, the same words make the same link, so that a form sent twice shows one that works.
    """
    check_permission(by, "conditions.change_edition")
    if not lock(edition).is_open:
        raise Refused(_("This edition is no draft any more, so there is nothing to preview."))
    content = json.dumps([by.pk, edition.pk, for_whom, days, may_comment, form])
    secret, token_hash = tokens.made_from(content) if form else tokens.new()
    if PreviewLink.objects.filter(token_hash=token_hash).exists():
        before = PreviewLink.objects.working().filter(token_hash=token_hash).first()
        if before is None:
            raise Refused(_("This form was sent before, and its link has ended. Open the form anew to make another link."))
        return before, secret
    link = PreviewLink.objects.create(
        edition=edition,
        for_whom=for_whom,
        token_hash=token_hash,
        may_comment=may_comment,
        made_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    log_event(edition=edition, by=by, verb="shared", words=for_whom, link=link.pk)
    return link, secret


@transaction.atomic
def revoke_link(*, link: PreviewLink, by: User) -> None:
    """The link shows nothing any more, at once. Revoking it again changes nothing."""
    check_permission(by, "conditions.change_edition")
    if PreviewLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        log_event(edition=link.edition, by=by, verb="revoked", words=link.for_whom, link=link.pk)


@transaction.atomic
def comment_through_link(*, link: PreviewLink, who: str, words: str, section: Section | None = None) -> Comment:
    """On one section or on the whole. Refused once the link does not take any."""
    lock(link.edition)  # so that nobody signs it at this moment
    if not PreviewLink.objects.working().filter(pk=link.pk, may_comment=True).exists():
        raise Refused(_("This link takes no comments any more."))
    comment = Comment.objects.create(edition=link.edition, section=section, words=words, link=link, who=who)
    claimed = _("%(who)s, with the preview link for %(name)s,") % {"who": who, "name": link.for_whom}
    log_only(edition=link.edition, by=claimed, verb="commented", words=words)
    record(by="preview link", verb="commented", obj=link.edition, link=link.pk)
    return comment
