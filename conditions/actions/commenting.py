"""Remarks on a draft, each to be answered before anybody signs."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from conditions.actions.log import lock, log_event
from conditions.models import Comment, Edition, Section
from conditions.models.edition import PUBLISHED
from foundation.workflow import Refused, check_permission, name_of


@transaction.atomic
def add_comment(*, edition: Edition, words: str, by: User, section: Section | None = None) -> Comment:
    """On one section or on the whole. Refused once the edition was published."""
    check_permission(by, "conditions.change_edition", "conditions.sign_off_edition")
    if not lock(edition).is_open:
        raise Refused(PUBLISHED)
    if section and section.edition_id != edition.pk:
        raise Refused(_("This section is not part of this edition any more."))
    comment = Comment.objects.create(edition=edition, section=section, words=words, by=by, who=name_of(by)[:150])
    log_event(edition=edition, by=by, verb="commented", words=words)
    return comment


@transaction.atomic
def answer_comment(*, comment: Comment, words: str, by: User) -> None:
    """Once, and it stays."""
    check_permission(by, "conditions.change_edition")
    facts = {"answer": words.strip(), "answered_by": by, "answered_at": timezone.now()}
    if not facts["answer"]:
        raise Refused(_("Write an answer."))
    if not Comment.objects.filter(pk=comment.pk, answer="").update(**facts):
        raise Refused(_("Somebody answered this comment already."))
    comment.refresh_from_db()
    log_event(edition=comment.edition, by=by, verb="answered", words=comment.answer)


def unanswered(edition: Edition) -> list[str]:
    """A sentence for each comment that waits for an answer."""
    return [
        _("Answer the comment by %(who)s first: “%(words)s”")
        % {"who": comment.who, "words": Truncator(comment.words).chars(60)}
        for comment in edition.comments.all()
        if not comment.answer
    ]
