"""The verbs of `conditions.actions` as buttons, each with a page that asks first."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions import actions
from conditions.models import Edition
from foundation.publishing.verbs import MomentInput, Verb, clock, staff

Status = Edition.Status


class SignOffForm(forms.Form):
    """Carries the digest of the text that the reviewer has on the screen."""

    digest = forms.CharField(widget=forms.HiddenInput)


class ApproveForm(forms.Form):
    """From when, and until when the promise of a review holds."""

    publish_at = forms.DateTimeField(
        label=gettext_lazy("Show from"),
        required=False,
        widget=MomentInput,
        help_text=gettext_lazy("Leave empty to show it at once."),
    )
    next_review_due = forms.DateField(label=gettext_lazy("Next review due"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["publish_at"].help_text = f"{self.fields['publish_at'].help_text} {clock()}"

    def clean_publish_at(self) -> Any:
        """A moment that has passed would change what the page said then."""
        moment = self.cleaned_data["publish_at"]
        if moment and moment < timezone.now():
            raise forms.ValidationError(_("This moment has passed. Leave it empty to show the text at once."), "past")
        return moment

    def clean_next_review_due(self) -> Any:
        """After today."""
        day = self.cleaned_data["next_review_due"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day after today."), "past")
        return day


class WithdrawForm(forms.Form):
    """Readers of the old version see the reason."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it withdrawn?"),
        max_length=300,
        help_text=gettext_lazy("One or two sentences. Readers who open this version see them."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _submit(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.submit(edition=edition, by=staff(request))
    return _("The text now waits for its clinical reviewer.")


def _send_back(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.send_back(edition=edition, by=staff(request))
    return _("The text is a draft again.")


def _sign_off(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    reviewer = getattr(request.user, "clinician", None)
    if reviewer is None:
        raise actions.NotAllowed(_("Your account is not linked to a clinician. Ask an administrator to link it."))
    actions.sign_off(edition=edition, reviewer=reviewer, by=staff(request))
    if edition.signed_digest != answers["digest"]:
        raise actions.NotAllowed(_("The text was changed while you read it. Nothing was signed. Read it again."))
    return _("You signed off this text. It can now be approved.")


def _approve(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.approve(edition=edition, by=staff(request), **answers)
    return _("The text is approved. Visitors see it from its date on.")


def _withdraw(request: HttpRequest, edition: Edition, answers: dict[str, Any]) -> str:
    actions.withdraw(edition=edition, by=staff(request), reason=answers["reason"])
    return _("The text is withdrawn. If there is an earlier version, visitors read that one again.")


def _can_sign(request: HttpRequest, edition: Edition) -> bool:
    own = getattr(request.user, "clinician", None)
    waits = edition.status == Status.SUBMITTED and not edition.is_signed
    return own is not None and waits and not edition.authors.filter(pk=staff(request).pk).exists()


VERBS = [
    Verb(
        "submit",
        gettext_lazy("Submit for sign-off"),
        "change_edition",
        possible=lambda request, edition: edition.status == Status.DRAFT,
        act=_submit,
        explain=gettext_lazy("A clinician reads it next. You can still take it back or change it."),
    ),
    Verb(
        "send-back",
        gettext_lazy("Send back to draft"),
        "change_edition",
        possible=lambda request, edition: edition.status == Status.SUBMITTED,
        act=_send_back,
        explain=gettext_lazy("It no longer waits for sign-off."),
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
        possible=lambda request, edition: edition.status == Status.SUBMITTED and edition.is_signed,
        act=_approve,
        explain=gettext_lazy("From then on this text cannot be changed, only replaced by a newer version or withdrawn."),
        form=ApproveForm,
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
]
