from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import actions, departments
from appointments.actions.privacy import Reason as ErasingReason, erase, lift_hold, place_hold
from appointments.actions.undo import UNDO_WITHIN, can_undo, last_event
from appointments.admin.base import AllTheSame, RequestVerb, choice_box, words_box
from appointments.admin.due_dates import relative
from appointments.business_hours import AHEAD, is_open_at
from appointments.models import ContactAttempt, Request
from directory.models import Department
from foundation.adminkit.verbs import MomentInput, clock, in_words
from foundation.privacy.keys import Unreadable
from foundation.prose.days import Day, Moment
from foundation.prose.typed import Prose, comparable
from foundation.workflow import name_of

Reason = Request.Reason
CLOSING_REASONS = (Reason.WITHDRAWN, Reason.NOT_REACHED, Reason.NO_NEED, Reason.ELSEWHERE, Reason.NOT_FOR_US, Reason.OTHER)


class Came(RequestVerb):
    name = "came"
    label = _("They came")
    explain = _("The visit took place. The request is closed, and the family is sent nothing.")
    action = staticmethod(actions.record_outcome)
    done = _("%(reference)s: they came. The family is sent nothing.")
    at_once = True
    outcome = Reason.CAME

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.status != Request.Status.CLOSED and obj.times.over().exists()

    def act(self) -> str:
        if self.obj.closing_reason != self.outcome:
            self.call(came=self.outcome == Reason.CAME, **self.cleaned_data)
        return str(self.done % {"reference": self.obj})


class Missed(Came):
    name = "missed"
    label = _("They did not come")
    explain = _("The visit did not take place. The request is closed, and the family is sent nothing.")
    done = _("%(reference)s: they did not come. The family is sent nothing.")
    outcome = Reason.MISSED


class Take(RequestVerb):
    name = "take"
    label = _("Take it")
    explain = _("Colleagues see that you work on it.")
    action = staticmethod(actions.take)
    done = _("You work on this request now.")
    at_once = True

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.taken_by_id != request.user.pk

    def act(self) -> str:
        return str(self.done) if self.obj.taken_by_id == self.by.pk else super().act()


class Assign(RequestVerb):
    name = "assign"
    label = _("Give it to a colleague")
    explain = _("It stands in their list, and a mail tells them.")
    action = staticmethod(actions.assign)

    to = forms.ModelChoiceField(User.objects.none(), label=_("To"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = departments.coordinators_of(self.obj.department).exclude(pk=self.obj.taken_by_id)
        field.label_from_instance = name_of
        if not field.queryset.exists():
            field.help_text = _("Nobody else who can sign in works on requests of this department.")

    def act(self) -> str:
        self.call()
        return _("%(reference)s is now with %(who)s.") % {"reference": self.obj, "who": name_of(self.cleaned_data["to"])}


class GiveBack(RequestVerb):
    name = "give-back"
    label = _("Give it back")
    explain = _("It is nobody’s again. What the family was promised stays.")
    action = staticmethod(actions.give_back)
    done = _("It is nobody’s again, and waits for everybody.")
    at_once = True

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.taken_by_id == request.user.pk

    def act(self) -> str:
        return super().act() if self.obj.taken_by_id else str(self.done)


class CancelVisit(RequestVerb):
    name = "cancel-visit"
    label = _("Cancel the visit")
    explain = _(
        "The request stays open, with a new promise, or with the times that are on offer. The family is told, and so is the clinician."
    )
    action = staticmethod(actions.cancel_visit)

    whose = choice_box(
        _("Who cancels it"), [("us", _("We do")), ("family", _("The family did, by phone"))], empty=_("Choose who cancels it.")
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.times.standing().filter(starts_at__gt=timezone.now()).exists()

    def act(self) -> str:
        self.call(for_family=self.cleaned_data["whose"] == "family", seen=self.cleaned_data["seen"])
        return str(_("The visit is cancelled, and its hour is free again. The family waits for us."))


class RecordAttempt(RequestVerb):
    name = "attempt"
    label = _("Record a contact attempt")
    explain = _("The family sees in its history that you tried.")
    action = staticmethod(actions.record_attempt)

    channel = choice_box(_("How"), ContactAttempt.Channel.choices, empty=_("Choose how you tried."))
    outcome = choice_box(_("What came of it"), ContactAttempt.Outcome.choices, empty=_("Choose what came of it."))
    next_try_at = Moment(label=_("Next try"), required=False, widget=MomentInput)
    anyway = forms.CharField(label=_("We try then all the same"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("If you did not reach them; the family reads it. Left empty: in one business day.")
        self.fields["next_try_at"].help_text = f"{words} {clock()}"

    def clean_next_try_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["next_try_at"]
        if at and at <= timezone.now():
            raise forms.ValidationError(_("This moment has passed. Choose a later one."), "past")
        if at and at > timezone.now() + AHEAD:
            raise forms.ValidationError(_("Choose a day within two years."), "far")
        return at

    def clean(self) -> dict[str, Any]:
        """A moment at which nobody works is asked back: 3:00 is often meant as 15:00, and the family reads it."""
        answers = super().clean() or {}
        at, meant = answers.get("next_try_at"), answers.pop("anyway", "")
        if at and answers.get("outcome") != ContactAttempt.Outcome.REACHED and not is_open_at(self.obj.department, at):
            self.fields["anyway"].widget = AllTheSame(at.isoformat())
            if meant != at.isoformat():
                words = _("The department is closed then. Tick the box if you mean this moment, or choose another.")
                self.add_error("anyway", forms.ValidationError(words, "unusual"))
        return answers

    def act(self) -> str:
        attempt = self.call()
        if attempt.next_try_at is None:
            return str(_("Recorded: you reached the family."))
        return _("Recorded. The family is told that we try again %(when)s.") % {"when": relative(attempt.next_try_at)}


class AskFamily(RequestVerb):
    name = "ask"
    label = _("Ask the family")
    action = staticmethod(actions.ask_question)
    done = _("The question stands on the family’s page.")

    words = words_box(
        _("Your question"), _("The family reads it on its page. The message only says that a question waits there.")
    )


class WriteNote(RequestVerb):
    name = "note"
    label = _("Write a note for staff")
    action = staticmethod(actions.write_note)
    done = _("The note is kept. Only staff read it.")
    until_erased = True

    words = words_box(_("Note"), _("Only staff read it. It goes into a copy that the family asks for."))

    def act(self) -> str:
        self.call(words=self.cleaned_data["words"])
        return str(self.done)


class MarkSeen(RequestVerb):
    """What the family wrote up to the note `upto`, and did up to the act `acts`. Its button stands beside those."""

    name = "read"
    label = _("Seen")
    action = staticmethod(actions.mark_read)
    done = _("Marked as seen.")

    upto = forms.IntegerField(widget=forms.HiddenInput)
    acts = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return False

    def act(self) -> str:
        self.call(upto=self.cleaned_data["upto"], acts=self.cleaned_data["acts"] or 0)
        return str(self.done)


class HandOver(RequestVerb):
    """To a department where somebody receives it. Of another the action says why not."""

    name = "hand-over"
    label = _("Hand over")
    explain = _(
        "The other department’s promise counts from now. Times on offer are free again. This cannot be undone: only they can "
        "hand it back, so call them if it was a mistake."
    )
    action = staticmethod(actions.hand_over)

    department = forms.ModelChoiceField(Department.objects.none(), label=_("To"))
    reason = words_box(_("Why"), _("Only staff read it: those who receive the request, above all."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["department"]
        own = self.obj.department_id
        field.queryset = departments.taking_requests().exclude(pk=own)
        field.choices = [("", "---------"), *((row.pk, str(row)) for row in departments.with_receiver().exclude(pk=own))]
        if names := [str(row) for row in departments.without_receiver().exclude(pk=own)]:
            why = _("Not shown, since nobody receives their requests (no inbox, no coordinator who can sign in): %(names)s.")
            field.help_text = why % {"names": ", ".join(names)}

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.is_open and obj.status != Request.Status.CONFIRMED

    def act(self) -> str:
        self.call()
        words = _("%(reference)s now waits for %(department)s.")
        return words % {"reference": self.obj, "department": self.cleaned_data["department"]}


class Merge(RequestVerb):
    name = "merge"
    label = _("Merge")
    explain = _(
        "For a request that came twice. This one is closed, and the other goes on as it is: its link, its contact details and "
        "its messages stay its own. Whoever sent this one learns nothing of the other. It cannot be undone."
    )
    action = staticmethod(actions.merge)

    into = forms.ModelChoiceField(Request.objects.none(), label=_("Into"))
    words = forms.CharField(
        label=_("Why it is closed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Whoever sent this request reads these words. Name the other one only if you know, by phone, that the same "
            "family sent both. Left empty: only that it is closed."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["into"]
        others = Request.objects.visible_to(self.by).open().exclude(pk=self.obj.pk)
        others = others.filter(self.obj.same_child() | self.obj.same_family())
        field.queryset = others.select_related("department").order_by("pk")
        field.label_from_instance = self.label_of
        if not field.queryset.exists():
            field.help_text = _(
                "No other open request that you may see is for the same child, or has the same email address or phone."
            )

    def label_of(self, other: Request) -> str:
        """Without a name: whether it is the same child is said, not which."""
        try:
            same = (comparable(other.child_name), other.child_born) == (comparable(self.obj.child_name), self.obj.child_born)
        except Unreadable:
            child = _("its data cannot be read any more")
        else:
            child = _("same child") if same else _("another child")
        return f"{other.reference}, {other.department}, {in_words(other.received_at)}, {child}"

    def act(self) -> str:
        self.call()
        return _("This request is closed; %(other)s goes on.") % {"other": self.cleaned_data["into"]}


class Close(RequestVerb):
    name = "close"
    label = _("Close")
    explain = _("Every time is free again; a visit still to come is cancelled in the family’s calendar.")
    action = staticmethod(actions.close)
    done = _("Closed. The family reads your words.")

    reason = choice_box(
        _("Reason"),
        [(reason.value, reason.label) for reason in CLOSING_REASONS],
        empty=_("Choose why it is closed: it is counted."),
    )
    words = words_box(_("In your words"), _("The family reads exactly these words. Say why, and what they can do now."))


class Reopen(RequestVerb):
    name = "reopen"
    label = _("Open again")
    explain = _("With a new promise from now on.")
    action = staticmethod(actions.reopen)
    done = _("The request is open again.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.can_reopen


class RenewLink(RequestVerb):
    name = "new-link"
    label = _("New private link")
    explain = _(
        "When too many wrong dates of birth were tried, or the link came into other hands. Call the family first. The new link "
        "goes to the email address of this request, and the old one opens nothing any more."
    )
    action = staticmethod(actions.renew_link)
    until_erased = True

    def act(self) -> str:
        self.call()
        words = _("The link opens again. There is no email address to send another to.")
        if self.obj.email_index:
            words = _("The old link opens nothing any more. The new one is on its way to the family’s email address.")
        return str(words)


class Undo(RequestVerb):
    name = "undo"
    label = _("Undo the last step")
    explain = _("What was sent stays sent: the family is then told how it stands now.")
    action = staticmethod(actions.undo)
    done = _("The last step is taken back.")
    at_once = True

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        last = last_event(obj)
        return last is not None and can_undo(last, obj)

    @classmethod
    def label_for(cls, obj: Request) -> str:
        last = last_event(obj)
        if last is None:
            return super().label_for(obj)
        return _("Undo the last step (until %(when)s)") % {"when": relative(last.at + UNDO_WITHIN)}


class Erase(RequestVerb):
    name = "erase"
    label = _("Erase this request")
    explain = _("What the family told us is gone for ever, here and on its page.")
    permission = "erase_request"
    done = _("What the family told us is erased. What was done, and when, stays.")

    reason = choice_box(
        _("Why"),
        [(reason.value, reason.label) for reason in (ErasingReason.ASKED, ErasingReason.MISTAKE)],
        empty=_("Choose why."),
    )

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return not (obj.is_open or obj.erased_at or obj.standing_hold)

    def act(self) -> str:
        erase(self.obj, by=self.by, reason=self.cleaned_data["reason"])
        return str(self.done)


class PlaceHold(RequestVerb):
    name = "hold"
    label = _("Place a legal hold")
    explain = _("Until its last day nobody erases this request, and neither does the retention period.")
    permission = "erase_request"
    until_erased = True

    reason = words_box(_("Why"), _("Which matter it is for. Only privacy officers read it here."))
    until = Day(label=_("Last day"), help_text=_("After it the retention period counts again. Place a new hold to go on."))

    @classmethod
    def label_for(cls, obj: Request) -> str:
        return str(_("Change the legal hold") if obj.standing_hold else cls.label)

    def act(self) -> str:
        answers = self.cleaned_data
        hold = place_hold(request=self.obj, by=self.by, reason=answers["reason"], until=answers["until"])
        return str(_("Nothing of this request is erased until %(day)s.") % {"day": hold.last_day})


class LiftHold(RequestVerb):
    name = "lift-hold"
    label = _("Lift the legal hold")
    explain = _("The retention period counts again: what is past it is erased in the coming night.")
    permission = "erase_request"

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.standing_hold is not None

    def act(self) -> str:
        lift_hold(request=self.obj, by=self.by)
        return str(_("The legal hold is lifted."))


class SendAgain(RequestVerb):
    name = "send-to-system"
    label = _("Send to the hospital’s system again")
    explain = _("As the request stands now. Until it is taken, it stays on your list.")
    action = staticmethod(actions.send_to_systems_again)
    done = _("It waits for the system again.")

    @classmethod
    def possible(cls, request: HttpRequest, obj: Request) -> bool:
        return obj.hand_overs.unanswered().exists()


class EnterByHand(SendAgain):
    name = "entered-by-hand"
    label = _("I entered it by hand")
    explain = _("You entered the request in the hospital’s system yourself. It leaves your list.")
    action = staticmethod(actions.enter_by_hand)
    done = _("Noted. Nothing waits for the system any more.")

    number = Prose(label=_("Their number"), required=False, max_length=100, help_text=_("If the system gave it one."))
