"""The verbs of `conditions.actions` as buttons, each with a page that asks first."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions import actions
from conditions.admin.forms import AnswerForm, ApproveForm, Asking, CommentForm, SendBackForm, SignOffForm, WithdrawForm
from conditions.edition_log import moment
from conditions.models import Edition
from foundation.adminkit.verbs import Verb, staff
from foundation.workflow import Refused

Status = Edition.Status
EITHER = "change_edition sign_off_edition"


def _submit(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.submit(edition=edition, by=staff(request))
    return _("The text now waits for its clinical reviewer.")


def _send_back(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.send_back(edition=edition, by=staff(request), reason=answers["reason"])
    return _("The text is a draft again.")


def _sign_off(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    reviewer = getattr(request.user, "clinician", None)
    if reviewer is None:
        raise Refused(_("Your account is not linked to a clinician. Ask an administrator to link it."))
    actions.sign_off(edition=edition, reviewer=reviewer, by=staff(request), checked=answers["checked"])
    if edition.signed_digest != answers["digest"]:
        raise Refused(_("The text was changed while you read it. Nothing was signed. Read it again."))
    missing = actions.still_to_sign(edition)
    return " ".join([_("You signed off this text."), *(missing or [_("It can now be approved.")])])


def _approve(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.approve(edition=edition, by=staff(request), **answers)
    if edition.publish_at and edition.publish_at > timezone.now():
        return _("The text is approved. Visitors see it from %(moment)s.") % {"moment": moment(edition.publish_at)}
    return _("The text is approved. Visitors see it now.")


def _withdraw(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.withdraw(edition=edition, by=staff(request), **answers)
    live = Edition.objects.live().filter(condition=edition.condition_id, language=edition.language).first()
    if live is None:
        return _("The text is withdrawn. Visitors see no page in this language, and why.")
    return _("The text is withdrawn. Visitors read version %(number)s now.") % {"number": live.number}


def _comment(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.add_comment(edition=edition, by=staff(request), **answers)
    return _("Your comment is kept. It must be answered before anybody signs.")


def _answer(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.answer_comment(by=staff(request), **answers)
    return _("Your answer is kept.")


def _restore(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.restore(edition=edition, by=staff(request))
    return _("This draft begins with the text of version %(number)s.") % {"number": edition.number}


def _can_sign(request: HttpRequest, edition: Edition) -> bool:
    own = getattr(request.user, "clinician", None)
    if own is None or edition.status != Status.SUBMITTED or edition.authors.filter(pk=staff(request).pk).exists():
        return False
    return not edition.sign_offs.filter(reviewer=own, revision=edition.revision).exists()


VERBS = [
    Verb(
        "restore",
        gettext_lazy("Start a new draft from this version"),
        "add_edition",
        possible=lambda request, edition: not edition.is_open,
        act=_restore,
        explain=gettext_lazy("The draft begins with the text of this version. Visitors see no change before it is approved."),
        form=Asking,
    ),
    Verb(
        "submit",
        gettext_lazy("Submit for sign-off"),
        "change_edition",
        possible=lambda request, edition: edition.status == Status.DRAFT,
        act=_submit,
        explain=gettext_lazy("A clinician reads it next. You can still take it back or change it."),
        form=Asking,
    ),
    Verb(
        "sign-off",
        gettext_lazy("Sign off"),
        "sign_off_edition",
        possible=_can_sign,
        act=_sign_off,
        explain=gettext_lazy("You stand behind exactly this text. If a word of it changes, your sign-off no longer counts."),
        form=SignOffForm,
    ),
    Verb(
        "approve",
        gettext_lazy("Approve"),
        "approve_edition",
        possible=lambda request, edition: edition.status == Status.SUBMITTED,
        act=_approve,
        explain=gettext_lazy("From then on this text cannot be changed, only replaced by a newer version or withdrawn."),
        form=ApproveForm,
    ),
    Verb(
        "send-back",
        gettext_lazy("Send back to draft"),
        EITHER,
        possible=lambda request, edition: edition.status == Status.SUBMITTED,
        act=_send_back,
        explain=gettext_lazy("It no longer waits for sign-off."),
        form=SendBackForm,
    ),
    Verb(
        "withdraw",
        gettext_lazy("Withdraw"),
        "approve_edition",
        possible=lambda request, edition: edition.status == Status.APPROVED,
        act=_withdraw,
        explain=gettext_lazy("Visitors no longer see this version on the page. This cannot be undone."),
        form=WithdrawForm,
    ),
    Verb(
        "comment",
        gettext_lazy("Comment"),
        EITHER,
        possible=lambda request, edition: edition.is_open,
        act=_comment,
        explain=gettext_lazy("Everybody who works on this draft reads it. It must be answered before anybody signs."),
        form=CommentForm,
    ),
    Verb(
        "answer",
        gettext_lazy("Answer a comment"),
        "change_edition",
        possible=lambda request, edition: False,  # the way there stands beside each comment
        act=_answer,
        explain=gettext_lazy("Say what you did about it, or why nothing is to do."),
        form=AnswerForm,
    ),
]
