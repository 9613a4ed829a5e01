"""What the pages of an edition's verbs ask for. Each form knows the edition it is about."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.checklist import ITEMS
from conditions.models import Comment, Edition, Section
from foundation.adminkit.verbs import MomentInput, clock
from foundation.prose.boxes import Prose
from foundation.prose.days import Day, Moment

Words = forms.Textarea(attrs={"rows": 4})


class Asking(forms.Form):
    """Asks nothing but whether."""

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition


class SendBackForm(Asking):
    """Those who wrote the text need no reason to take it back; the verb insists on one from everybody else."""

    reason = Prose(
        label=gettext_lazy("What is to do"),
        required=False,
        max_length=2000,
        widget=Words,
        help_text=gettext_lazy("The authors see it on top of the draft."),
    )


class SignOffForm(Asking):
    """Carries the digest of the text that the reviewer has on the screen, and what only a person can judge."""

    digest = forms.CharField(widget=forms.HiddenInput)
    checked = forms.MultipleChoiceField(
        label=gettext_lazy("What you checked (tick what holds)"),
        required=False,
        choices=lambda: list(ITEMS.items()),
        widget=forms.CheckboxSelectMultiple,
    )


class CommentForm(Asking):
    """A remark on one section or on the whole."""

    section: "forms.ModelChoiceField[Section]" = forms.ModelChoiceField(
        None, label=gettext_lazy("About"), required=False, empty_label=gettext_lazy("The whole text")
    )
    words = Prose(label=gettext_lazy("Your comment"), max_length=2000, widget=Words)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = self.edition.sections.all()  # type: ignore[attr-defined]


class AnswerForm(Asking):
    """An answer to one comment that has none."""

    comment: "forms.ModelChoiceField[Comment]" = forms.ModelChoiceField(None, label=gettext_lazy("To"))
    words = Prose(label=gettext_lazy("Your answer"), max_length=2000, widget=Words)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["comment"].queryset = Comment.objects.filter(edition=self.edition, answer="")  # type: ignore[attr-defined]


class ApproveForm(Asking):
    """From when, and until when the promise of a review holds."""

    publish_at = Moment(
        label=gettext_lazy("Show from"),
        required=False,
        widget=MomentInput,
        help_text=gettext_lazy("Leave empty to show it at once."),
    )
    next_review_due = Day(label=gettext_lazy("Next review due"), widget=forms.DateInput(attrs={"type": "date"}))

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


class WithdrawForm(Asking):
    """Why, and whether anything stays on the page."""

    whole_page = forms.ChoiceField(
        label=gettext_lazy("What visitors see then"), widget=forms.RadioSelect, initial="no", required=False
    )
    reason = Prose(
        label=gettext_lazy("Why it is withdrawn"),
        max_length=300,
        help_text=gettext_lazy("Readers see this sentence."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whole_page"].choices = [("no", self._rest()), ("yes", _("Take the whole page down"))]  # type: ignore[attr-defined]

    def clean_whole_page(self) -> bool:
        """Whether nothing is to stay; nobody who says nothing takes a page down."""
        return bool(self.cleaned_data["whole_page"] == "yes")

    def _rest(self) -> str:
        """What is left without this edition."""
        edition = self.edition
        rest = Edition.objects.public().filter(condition=edition.condition_id, language=edition.language)
        latest = rest.exclude(pk=edition.pk).order_by("-publish_at", "-number").first()
        if latest is None:
            return _("No page: there is no other version")
        return _("Version %(number)s") % {"number": latest.number}


class CompareForm(forms.Form):
    """Which two texts. A value is the number of an edition, or “s” and that of a signature."""

    left = forms.ChoiceField(label=gettext_lazy("Left"))
    right = forms.ChoiceField(label=gettext_lazy("Right"))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("left", "right"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
