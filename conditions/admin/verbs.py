"""What is done with an edition: each verb with its button, its form, who may, and what it says when it is done."""

from copy import copy
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _, gettext_lazy, ngettext, override

from conditions import actions, preview_links
from conditions.checklist import ITEMS
from conditions.edition_log import moment_in_words, planned_in_words
from conditions.models import FALLBACK, Comment, Edition, PlannedApproval, Section
from conditions.translations import live_english
from conditions.worklist import all_signed
from foundation.adminkit.idempotency import FIELD
from foundation.adminkit.verbs import MomentInput, VerbForm, clock, staff
from foundation.pages.http import absolute
from foundation.prose.days import Day, Moment
from foundation.prose.typed import Prose
from foundation.workflow import Refused

Status = Edition.Status
AUTHORS_AND_REVIEWERS = "change_edition sign_off_edition"
CLOCK = lazy(clock, str)()


def text_area() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 4})


def check_to_come(moment: datetime) -> None:
    """A moment that has passed would change what the page said then."""
    if moment < timezone.now():
        raise forms.ValidationError(_("This moment has passed. Choose one to come, or leave it empty."), "past")


class ShownFrom(Moment):
    default_validators = [*Moment.default_validators, check_to_come]

    def __init__(self, help_text: Any) -> None:
        super().__init__(label=gettext_lazy("Show from"), required=False, widget=MomentInput, help_text=help_text)


def shown_in_words(shown_from: datetime) -> str:
    if shown_from > timezone.now():
        return _("The text is approved. Visitors see it from %(moment)s.") % {"moment": moment_in_words(shown_from)}
    return _("The text is approved. Visitors see it now.")


class EditionVerb(VerbForm):
    """For editions in one of `statuses`. An address may name the section or the comment that a verb is about."""

    obj: Edition
    statuses: tuple[str, ...] = ()

    def __init__(self, *args: Any, request: HttpRequest, obj: Edition, initial: Any = None, **kwargs: Any) -> None:
        initial = self.initial_for(obj) | request.GET.dict()
        super().__init__(*args, request=request, obj=obj, initial=initial, **kwargs)

    @classmethod
    def initial_for(cls, edition: Edition) -> dict[str, Any]:
        return {}

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        return obj.status in cls.statuses


class Restore(EditionVerb):
    name = "restore"
    label = gettext_lazy("Start a new draft from this version")
    permission = "add_edition"
    statuses = (Status.APPROVED, Status.WITHDRAWN)
    explain = gettext_lazy("The draft begins with the text of this version. Visitors see no change before it is approved.")

    def act(self) -> str:
        actions.restore(edition=self.obj, by=self.by)
        return _("This draft begins with the text of version %(number)s.") % {"number": self.obj.number}


class Submit(EditionVerb):
    name = "submit"
    label = gettext_lazy("Submit for sign-off")
    permission = "change_edition"
    statuses = (Status.DRAFT,)
    explain = gettext_lazy("A clinician reads it next. You can still take it back or change it.")

    def act(self) -> str:
        actions.submit(edition=self.obj, by=self.by)
        return _("The text now waits for its clinical reviewer.")


class FollowEnglish(EditionVerb):
    name = "follow"
    label = gettext_lazy("Follow the newer English")
    permission = "change_edition"
    statuses = Edition.OPEN
    explain = gettext_lazy(
        "The newer English then stands beside each box, with what changed in it. Your words stay as they are."
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        if obj.language == FALLBACK or not super().possible(request, obj):
            return False
        english = live_english(obj.condition)
        return english is not None and not Edition.objects.filter(pk=obj.pk, translation__of=english).exists()

    def act(self) -> str:
        actions.follow_newer_english(edition=self.obj, by=self.by)
        return _("The newer English stands beside each box.")


class SignText(EditionVerb):
    """Carries the digest of the text that the reviewer has on the screen, and what only a person can judge."""

    name = "sign-off"
    label = gettext_lazy("Sign off")
    permission = "sign_off_edition"
    statuses = (Status.SUBMITTED,)
    explain = gettext_lazy("You stand behind exactly this text. If a word of it changes, your sign-off no longer counts.")

    digest = forms.CharField(widget=forms.HiddenInput)
    checked = forms.MultipleChoiceField(
        label=gettext_lazy("What you checked (tick what holds)"),
        required=False,
        choices=lambda: list(ITEMS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    left_out = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any] | None:
        """Asks once more about what is not ticked; pressed again, it is signed without."""
        cleaned = super().clean()
        left = " ".join(key for key in ITEMS if key not in self.cleaned_data.get("checked", ITEMS))
        if left != self.cleaned_data.get("left_out"):
            data: Any = copy(self.data)
            data["left_out"] = left
            self.data = data
            if left and not actions.unanswered(self.obj):  # pressing once more would not sign
                words = ngettext(
                    "Nothing is signed yet: %(count)d of these is not ticked. Tick it, or press the button once more to sign without it.",
                    "Nothing is signed yet: %(count)d of these are not ticked. Tick what holds, or press the button once more to sign without the rest.",
                    len(left.split()),
                )
                self.add_error("checked", forms.ValidationError(words % {"count": len(left.split())}, "left-out"))
        return cleaned

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        reviewer = getattr(request.user, "clinician", None)
        if reviewer is None or not super().possible(request, obj) or obj.authors.filter(pk=staff(request).pk).exists():
            return False
        return not obj.sign_offs.filter(reviewer=reviewer, revision=obj.revision).exists()

    def act(self) -> str:
        reviewer = getattr(self.by, "clinician", None)
        if reviewer is None:
            raise Refused(_("Your account is not linked to a clinician. Ask an administrator to link it."))
        actions.sign_off(edition=self.obj, reviewer=reviewer, by=self.by, checked=self.cleaned_data["checked"])
        if self.obj.signed_digest != self.cleaned_data["digest"]:
            raise Refused(_("The text was changed while you read it. Nothing was signed. Read it again."))
        if self.obj.status == Status.APPROVED and self.obj.publish_at:
            return " ".join([_("You signed off this text."), shown_in_words(self.obj.publish_at)])
        missing = actions.still_to_sign(self.obj)
        return " ".join([_("You signed off this text."), *(missing or [_("It can now be approved.")])])


class Approve(EditionVerb):
    name = "approve"
    label = gettext_lazy("Approve")
    permission = "approve_edition"
    statuses = (Status.SUBMITTED,)
    explain = gettext_lazy("From then on this text cannot be changed, only replaced by a newer version or withdrawn.")

    publish_at = ShownFrom(format_lazy("{} {}", gettext_lazy("Leave empty to show it at once."), CLOCK))
    next_review_due = Day(label=gettext_lazy("Next review due"), widget=forms.DateInput(attrs={"type": "date"}))

    @classmethod
    def initial_for(cls, edition: Edition) -> dict[str, Any]:
        signed = actions.earlier_signatures(edition, edition.digest()).first()
        months = edition.condition.review_every_months
        return {"next_review_due": actions.months_after(signed.reviewed_on, months)} if signed else {}

    def clean_next_review_due(self) -> date:
        day: date = self.cleaned_data["next_review_due"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day after today."), "past")
        return day

    def act(self) -> str:
        actions.approve(edition=self.obj, by=self.by, **self.cleaned_data)
        return shown_in_words(self.obj.publish_at or timezone.now())


class ApproveAhead(EditionVerb):
    name = "approve-ahead"
    label = gettext_lazy("Approve ahead")
    permission = "approve_edition"
    statuses = (Status.SUBMITTED,)
    explain = gettext_lazy(
        "Once everybody has signed who is asked to, exactly this text is approved in your name. If a word of it changes before, it waits for you as usual."
    )

    publish_at = ShownFrom(format_lazy("{} {}", gettext_lazy("Leave empty to show it as soon as it is signed."), CLOCK))

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        return super().possible(request, obj) and not all_signed().filter(pk=obj.pk).exists()

    @classmethod
    def initial_for(cls, edition: Edition) -> dict[str, Any]:
        planned = PlannedApproval.objects.filter(edition=edition).first()
        return {"publish_at": planned.publish_at} if planned else {}

    def act(self) -> str:
        actions.approve_ahead(edition=self.obj, by=self.by, publish_at=self.cleaned_data["publish_at"])
        if self.obj.status == Status.APPROVED and self.obj.publish_at:
            return shown_in_words(self.obj.publish_at)
        return planned_in_words(self.obj)


class TakeBackApproval(EditionVerb):
    name = "take-back-approval"
    label = gettext_lazy("Take back your approval")
    permission = "approve_edition"
    statuses = (Status.SUBMITTED,)
    explain = gettext_lazy("The text goes on waiting for its signatures. Once it has them, it waits for approval as usual.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        return super().possible(request, obj) and PlannedApproval.objects.filter(edition=obj, by=staff(request)).exists()

    def act(self) -> str:
        actions.take_back_approval(edition=self.obj, by=self.by)
        return _("Your approval is taken back. The text is not shown without a new one.")


class Reschedule(EditionVerb):
    name = "reschedule"
    label = gettext_lazy("Change when it is shown")
    permission = "approve_edition"
    statuses = (Status.APPROVED,)
    explain = gettext_lazy("Visitors have not seen this text yet.")

    publish_at = ShownFrom(
        gettext_lazy("Leave it empty to show nothing for now: the text waits for approval again, its signatures stay.")
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        return super().possible(request, obj) and obj.is_scheduled

    @classmethod
    def initial_for(cls, edition: Edition) -> dict[str, Any]:
        return {"publish_at": edition.publish_at}

    def act(self) -> str:
        moment = self.cleaned_data["publish_at"]
        actions.reschedule(edition=self.obj, by=self.by, publish_at=moment)
        if moment:
            return _("Visitors see the text from %(moment)s.") % {"moment": moment_in_words(moment)}
        return _("Visitors do not see the text. It waits for approval again.")


class SendBack(EditionVerb):
    """Those who wrote the text need no reason to take it back; the action insists on one from everybody else."""

    name = "send-back"
    label = gettext_lazy("Send back to draft")
    permission = AUTHORS_AND_REVIEWERS
    statuses = (Status.SUBMITTED,)
    explain = gettext_lazy("It no longer waits for sign-off.")

    reason = Prose(
        label=gettext_lazy("What is to do"),
        required=False,
        max_length=2000,
        widget=text_area(),
        help_text=gettext_lazy("The authors see it on top of the draft."),
    )

    def act(self) -> str:
        actions.send_back(edition=self.obj, by=self.by, reason=self.cleaned_data["reason"])
        return _("The text is a draft again.")


class Withdraw(EditionVerb):
    name = "withdraw"
    label = gettext_lazy("Withdraw")
    permission = "approve_edition"
    statuses = (Status.APPROVED,)
    explain = gettext_lazy("Visitors no longer see this version on the page. This cannot be undone.")

    whole_page = forms.ChoiceField(
        label=gettext_lazy("What visitors see then"), widget=forms.RadioSelect, initial="no", required=False
    )
    reason = Prose(
        label=gettext_lazy("Why it is withdrawn"),
        max_length=300,
        help_text=gettext_lazy("Readers see this sentence."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Edition) -> bool:
        return super().possible(request, obj) and not obj.is_scheduled

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("no", self._what_is_left()), ("yes", _("Take the whole page down"))]
        self.fields["whole_page"].choices = choices  # type: ignore[attr-defined]

    def clean_whole_page(self) -> bool:
        """Nobody who says nothing takes a page down."""
        return bool(self.cleaned_data["whole_page"] == "yes")

    def _what_is_left(self) -> str:
        others = Edition.objects.public().of_page(self.obj).exclude(pk=self.obj.pk)
        latest = others.order_by("-publish_at", "-number").first()
        if latest is None:
            return _("No page: there is no other version")
        return _("Version %(number)s") % {"number": latest.number}

    def act(self) -> str:
        if self.obj.is_scheduled:
            raise Refused(_("Visitors have not seen this text yet. Change when it is shown."))
        actions.withdraw(edition=self.obj, by=self.by, **self.cleaned_data)
        live = Edition.objects.live().of_page(self.obj).first()
        if live is None:
            return _("The text is withdrawn. Visitors see no page in this language, and why.")
        return _("The text is withdrawn. Visitors read version %(number)s now.") % {"number": live.number}


class AddComment(EditionVerb):
    name = "comment"
    label = gettext_lazy("Comment")
    permission = AUTHORS_AND_REVIEWERS
    statuses = Edition.OPEN
    explain = gettext_lazy("Everybody who works on this draft reads it. It must be answered before anybody signs.")

    section: "forms.ModelChoiceField[Section]" = forms.ModelChoiceField(
        None, label=gettext_lazy("About"), required=False, empty_label=gettext_lazy("The whole text")
    )
    words = Prose(label=gettext_lazy("Your comment"), max_length=2000, widget=text_area())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = self.obj.sections.all()  # type: ignore[attr-defined]

    def act(self) -> str:
        actions.add_comment(edition=self.obj, by=self.by, **self.cleaned_data)
        return _("Your comment is kept. It must be answered before anybody signs.")


class AnswerComment(EditionVerb):
    name = "answer"
    label = gettext_lazy("Answer a comment")
    permission = "change_edition"
    statuses = ()  # the way there stands beside each comment
    explain = gettext_lazy("Say what you did about it, or why nothing is to do.")

    comment: "forms.ModelChoiceField[Comment]" = forms.ModelChoiceField(None, label=gettext_lazy("To"))
    words = Prose(label=gettext_lazy("Your answer"), max_length=2000, widget=text_area())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["comment"].queryset = Comment.objects.filter(edition=self.obj, answer="")  # type: ignore[attr-defined]

    def act(self) -> str:
        actions.answer_comment(by=self.by, **self.cleaned_data)
        edition = self.cleaned_data["comment"].edition
        shown = [shown_in_words(edition.publish_at or timezone.now())] if edition.status == Status.APPROVED else []
        return " ".join([_("Your answer is kept."), *shown])


DAYS = (1, 3, 7, 14, 30)


class Share(EditionVerb):
    """Makes a link. Its page shows the address, this once: also to a form that was sent twice, since its number makes the secret."""

    name = "share"
    label = gettext_lazy("Share a preview")
    permission = "change_edition"
    statuses = Edition.OPEN
    explain = gettext_lazy(
        "Makes an address that shows this draft to whoever has it, without an account, until it ends or you revoke it."
    )

    for_whom = Prose(
        label=gettext_lazy("For whom"), max_length=100, help_text=gettext_lazy("A name that you will recognise in comments.")
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It works for"),
        coerce=int,
        initial=7,
        choices=lambda: [(days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days}) for days in DAYS],
    )
    may_comment = forms.BooleanField(label=gettext_lazy("May leave comments"), required=False, initial=True)

    def act(self) -> dict[str, Any]:
        number = self.data.get(FIELD, "")
        link, secret = preview_links.make_link(edition=self.obj, by=self.by, form=number, **self.cleaned_data)
        with override(self.obj.language):
            return {"link": link, "address": absolute(self.request, reverse("conditions:preview_link", args=[secret]))}


VERBS = [
    Restore,
    FollowEnglish,
    Submit,
    SignText,
    Approve,
    ApproveAhead,
    TakeBackApproval,
    Reschedule,
    SendBack,
    Withdraw,
    AddComment,
    AnswerComment,
    Share,
]
