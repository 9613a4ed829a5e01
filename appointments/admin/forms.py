"""The small forms of the verbs. Each carries `seen`: the version of the request that was on the screen."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import receivers
from appointments.actions.privacy import Reason
from appointments.clock import AHEAD
from appointments.models import ContactAttempt, Request
from directory.models import Department
from foundation.adminkit.verbs import MomentInput, clock, in_words
from foundation.privacy.keys import Unreadable
from foundation.prose.boxes import Prose
from foundation.prose.days import Moment
from foundation.prose.typed import comparable

NOT_CHOSEN = ("", "---------")  # what the record keeps for years is never what merely stood first


class VerbForm(forms.Form):
    """What every verb needs: the request it is about and who acts."""

    seen = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": gettext_lazy("Look at the request again before you go on.")}
    )

    def __init__(self, *args: Any, row: Request, by: User, **kwargs: Any) -> None:
        self.row, self.by = row, by
        super().__init__(*args, **kwargs)


class ReadForm(VerbForm):
    """Up to which note the family's words, and up to which act what it did, were on the screen."""

    upto = forms.IntegerField(widget=forms.HiddenInput)
    acts = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AttemptForm(VerbForm):
    """A try to reach the family."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[NOT_CHOSEN, *ContactAttempt.Channel.choices],
        error_messages={"required": gettext_lazy("Choose how you tried.")},
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[NOT_CHOSEN, *ContactAttempt.Outcome.choices],
        error_messages={"required": gettext_lazy("Choose what came of it.")},
    )
    next_try_at = Moment(label=gettext_lazy("Next try"), required=False, widget=MomentInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = _("If you did not reach them; the family reads it. Left empty: in one business day.")
        self.fields["next_try_at"].help_text = f"{told} {clock()}"

    def clean_next_try_at(self) -> datetime | None:
        """Still to come, and within two years."""
        at: datetime | None = self.cleaned_data["next_try_at"]
        if at and at <= timezone.now():
            raise forms.ValidationError(_("This moment has passed. Choose a later one."), "past")
        if at and at > timezone.now() + AHEAD:
            raise forms.ValidationError(_("Choose a day within two years."), "far")
        return at


class WordsForm(VerbForm):
    """Words; `told` says who reads them."""

    told: Any = ""
    words = Prose(max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].help_text = self.told


class QuestionForm(WordsForm):
    """To the family."""

    told = gettext_lazy("The family reads it on its page. The message only says that a question waits there.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Your question")


class StaffNoteForm(WordsForm):
    """For colleagues."""

    told = gettext_lazy("Only staff read it. It goes into a copy that the family asks for.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Note")


class CloseForm(WordsForm):
    """The last word."""

    told = gettext_lazy("The family reads exactly these words. Say why, and what they can do now.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Why it is closed")


class HandOverForm(VerbForm):
    """To which department: shown are those where somebody receives it. Of another the action says why not."""

    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("To"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["department"]
        field.queryset = Department.objects.filter(takes_requests=True).exclude(pk=self.row.department_id)
        receiving = receivers.receiving().exclude(pk=self.row.department_id)
        field.choices = [("", "---------"), *((row.pk, str(row)) for row in receiving)]
        if deaf := [str(row) for row in receivers.deaf().exclude(pk=self.row.department_id)]:
            why = _("Not shown, since nobody receives their requests (no inbox, no coordinator who can sign in): %(names)s.")
            field.help_text = why % {"names": ", ".join(deaf)}


class MergeForm(VerbForm):
    """Into which request: of the open ones that are perhaps for the same child, or have the same email address or phone."""

    into = forms.ModelChoiceField(Request.objects.none(), label=gettext_lazy("Into"))
    words = forms.CharField(
        label=gettext_lazy("Why it is closed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Whoever sent this request reads these words. Name the other one only if you know, by phone, that the same "
            "family sent both. Left empty: only that it is closed."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        field.queryset = others_of_family(self.row, self.by)
        field.label_from_instance = self._called
        if not field.queryset.exists():
            field.help_text = _(
                "No other open request that you may see is for the same child, or has the same email address or phone."
            )

    def _called(self, other: Request) -> str:
        """Without a name: whether it is the same child is said, not which."""
        try:
            same = (comparable(other.child_name), other.child_born) == (comparable(self.row.child_name), self.row.child_born)
        except Unreadable:
            child = _("its data cannot be read any more")
        else:
            child = _("same child") if same else _("another child")
        return f"{other.reference}, {other.department}, {in_words(other.received_at)}, {child}"


def others_of_family(row: Request, by: User) -> Any:
    """Other open requests for perhaps the same child, or with the same email address or phone, as far as `by` sees them."""
    found = Request.objects.visible_to(by).open().filter(row.same_child() | row.same_family()).exclude(pk=row.pk)
    return found.select_related("department").order_by("pk")


class EraseForm(VerbForm):
    """Why, for the record."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"),
        choices=[NOT_CHOSEN, *((r.value, r.label) for r in (Reason.ASKED, Reason.MISTAKE))],
        error_messages={"required": gettext_lazy("Choose why.")},
    )


def instant(day: Any, clock_time: Any, zone: str) -> datetime:
    """The moment when the clocks of `zone` show this. Raises ValidationError where they show it never, or twice."""
    moment = datetime.combine(day, clock_time, ZoneInfo(zone))
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise forms.ValidationError(_("The clocks change then. Choose another time."), "clocks-change")
    return moment
