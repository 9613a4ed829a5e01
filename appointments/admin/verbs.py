"""The verbs of `appointments.actions` as buttons, each with a small form of its own."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import actions
from appointments.actions.privacy import erase
from appointments.actions.undo import can_undo, last_step
from appointments.admin import forms, slots
from appointments.admin.due_dates import moment
from appointments.models import Request
from foundation.adminkit.verbs import Verb, staff

WORK = "work_requests"
ERASE = "erase_request"
Status = Request.Status


def _take(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    if row.taken_by_id != request.user.pk:
        actions.take(request=row, by=staff(request), **answers)
    return _("You work on this request now.")


def _attempt(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    attempt = actions.record_attempt(request=row, by=staff(request), **answers)
    if attempt.next_try_at is None:
        return _("Recorded: you reached the family.")
    return _("Recorded. The family is told that we try again %(when)s.") % {"when": moment(attempt.next_try_at)}


def _offer(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    held = actions.offer(request=row, by=staff(request), **answers)
    return _("Offered: %(count)d. Held for the family until %(when)s.") % {
        "count": len(held),
        "when": moment(held[0].expires_at),
    }


def _confirm(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    time = actions.confirm_by_phone(request=row, by=staff(request), slot=answers["slot"], seen=answers["seen"])
    return _("Confirmed: %(time)s.") % {"time": slots.in_line(time)}


def _ask(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.ask_question(request=row, by=staff(request), **answers)
    return _("The question stands on the family’s page.")


def _note(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.write_note(request=row, by=staff(request), words=answers["words"])
    return _("The note is kept. Only staff read it.")


def _mark_read(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.mark_read(request=row, by=staff(request), upto=answers["upto"], acts=answers["acts"] or 0)
    return _("Marked as seen.")


def _close(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.close(request=row, by=staff(request), **answers)
    return _("Closed. The family reads your words.")


def _came(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    if row.ended != Request.Ended.CAME:
        actions.record_outcome(request=row, by=staff(request), came=True, **answers)
    return _("%(reference)s: they came. The family is sent nothing.") % {"reference": row}


def _missed(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    if row.ended != Request.Ended.MISSED:
        actions.record_outcome(request=row, by=staff(request), came=False, **answers)
    return _("%(reference)s: they did not come. The family is sent nothing.") % {"reference": row}


def _reopen(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.reopen(request=row, by=staff(request), **answers)
    return _("The request is open again.")


def _hand_over(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.hand_over(request=row, by=staff(request), **answers)
    return _("%(reference)s now waits for %(department)s.") % {"reference": row, "department": answers["department"]}


def _merge(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.merge(request=row, by=staff(request), **answers)
    return _("This request is closed; %(other)s goes on.") % {"other": answers["into"]}


def _renew_link(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.renew_link(request=row, by=staff(request), **answers)
    if row.email_index:
        return _("The old link opens nothing any more. The new one is on its way to the family’s email address.")
    return _("The link opens again. There is no email address to send another to.")


def _undo(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    actions.undo(request=row, by=staff(request), **answers)
    return _("The last step is taken back.")


def _erase(request: HttpRequest, row: Request, answers: dict[str, Any]) -> str:
    erase(row, by=staff(request), reason=answers["reason"])
    return _("What the family told us is erased. What was done, and when, stays.")


def _open(request: HttpRequest, row: Request) -> bool:
    return row.is_open


def _over(request: HttpRequest, row: Request) -> bool:
    return row.is_open and row.times.over().exists()


def _undoable(request: HttpRequest, row: Request) -> bool:
    last = last_step(row)
    return last is not None and can_undo(last, row)


def _verb(  # noqa: PLR0917  in the order of the table below
    name: str,
    label: Any,
    act: Callable[..., str],
    explain: Any,
    form: Any = forms.VerbForm,
    possible: Callable[..., bool] = _open,
    permission: str = WORK,
) -> Verb:
    return Verb(name, label, permission, possible, act, explain, form)


VERBS = [
    _verb(
        "came",
        gettext_lazy("They came"),
        _came,
        gettext_lazy("The visit took place. The request is closed, and the family is sent nothing."),
        possible=_over,
    ),
    _verb(
        "missed",
        gettext_lazy("They did not come"),
        _missed,
        gettext_lazy("The visit did not take place. The request is closed, and the family is sent nothing."),
        possible=_over,
    ),
    _verb(
        "take",
        gettext_lazy("Take it"),
        _take,
        gettext_lazy("Colleagues see that you work on it."),
        possible=lambda request, row: row.is_open and row.taken_by_id != request.user.pk,
    ),
    _verb(
        "attempt",
        gettext_lazy("Record a contact attempt"),
        _attempt,
        gettext_lazy("The family sees in its history that you tried."),
        forms.AttemptForm,
    ),
    _verb(
        "offer",
        gettext_lazy("Offer times"),
        _offer,
        gettext_lazy("They are held for the family. Times offered before are free again."),
        slots.OfferForm,
    ),
    _verb(
        "confirm",
        gettext_lazy("Confirm by phone"),
        _confirm,
        gettext_lazy("The family said yes on the phone. Every other time is free again."),
        slots.ConfirmForm,
    ),
    _verb("ask", gettext_lazy("Ask the family"), _ask, "", forms.QuestionForm),
    _verb(
        "note", gettext_lazy("Write a note for staff"), _note, "", forms.StaffNoteForm, lambda request, row: not row.erased_at
    ),
    _verb("read", gettext_lazy("Seen"), _mark_read, "", forms.ReadForm, lambda request, row: False),
    _verb(
        "hand-over",
        gettext_lazy("Hand over"),
        _hand_over,
        gettext_lazy("The other department’s promise counts from now. Times on offer are free again."),
        forms.HandOverForm,
        lambda request, row: row.is_open and row.status != Status.CONFIRMED,
    ),
    _verb(
        "merge",
        gettext_lazy("Merge"),
        _merge,
        gettext_lazy(
            "For a request that came twice. This one is closed, and the other goes on as it is: its link, its contact details and "
            "its messages stay its own. Whoever sent this one learns nothing of the other. It cannot be undone."
        ),
        forms.MergeForm,
    ),
    _verb(
        "close",
        gettext_lazy("Close"),
        _close,
        gettext_lazy("Every time is free again; a visit still to come is cancelled in the family’s calendar."),
        forms.CloseForm,
    ),
    _verb(
        "reopen",
        gettext_lazy("Open again"),
        _reopen,
        gettext_lazy("With a new promise from now on."),
        possible=lambda request, row: not (row.is_open or row.erased_at or row.ended == Request.Ended.MERGED),
    ),
    _verb(
        "new-link",
        gettext_lazy("New private link"),
        _renew_link,
        gettext_lazy(
            "When too many wrong dates of birth were tried, or the link came into other hands. Call the family first. The new link "
            "goes to the email address of this request, and the old one opens nothing any more."
        ),
        possible=lambda request, row: not row.erased_at,
    ),
    _verb(
        "undo",
        gettext_lazy("Undo the last step"),
        _undo,
        gettext_lazy("What was sent stays sent: the family is then told how it stands now."),
        possible=_undoable,
    ),
    _verb(
        "erase",
        gettext_lazy("Erase this request"),
        _erase,
        gettext_lazy("What the family told us is gone for ever, here and on its page."),
        forms.EraseForm,
        lambda request, row: not (row.is_open or row.erased_at),
        ERASE,
    ),
]
