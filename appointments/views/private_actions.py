"""What a family does with its request: ask for other times, withdraw it, change how to be reached, write to us."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments import actions, status_text, time_text
from appointments.actions import idempotency
from appointments.actions.transitions import FAMILY
from appointments.forms import Answers, Contact as ContactForm, StepForm
from appointments.forms.base import QUESTIONS
from appointments.forms.fields import OneOf, Words
from appointments.forms.private_page import Seen, Unlock
from appointments.models import Draft, EarlierWish, Request
from appointments.views.private_access import address, is_unlocked, private
from appointments.views.wizard import leave
from directory.contact import Contact
from foundation.privacy import limits
from foundation.privacy.keys import Unreadable
from foundation.workflow import Refused


@transaction.atomic
def keep_words(row: Request, action: str, typed: Answers) -> None:
    """The answers of one form, by the name of what it does; empty ones forget it."""
    now = timezone.now()
    draft, _new = Draft.objects.select_for_update().get_or_create(key=row.page_draft_key, defaults={"expires_at": now})
    others = {name: answers for name, answers in _read(draft).items() if name != action}
    draft.write(others | ({action: typed} if typed else {}))


def find_words(row: Request, action: str) -> Answers:
    draft = Draft.objects.filter(key=row.page_draft_key).first()
    return _read(draft).get(action, {}) if draft else {}


def _read(draft: Draft) -> dict[str, Answers]:
    try:
        return draft.read() if draft.expires_at > timezone.now() else {}
    except Unreadable:  # no key opens it: as good as gone
        return {}


MOST, HOUR = 20, timedelta(hours=1)
NONE = "none"


def letter_box(label: Any, *, empty: Any = "", rows: int = 4) -> Words:
    return Words(label=label, empty=empty, max_length=2_000, widget=forms.Textarea, attrs={"rows": rows})


class FamilyAction(StepForm):
    """One action, with a page of its own. A subclass is all that it needs: its fields, its words, and what it does."""

    heading: Any
    lead: Any
    button: Any
    done: Any  # said on the request's page afterwards

    @classmethod
    def is_possible(cls, row: Request) -> bool:
        return row.is_open

    @classmethod
    def is_done(cls, row: Request) -> bool:
        return False

    @classmethod
    def initial_for(cls, row: Request) -> dict[str, Any]:
        return {}

    def look_again(self, row: Request) -> None:
        """Called where it was refused: the page then shows the request as it is now."""

    def act(self, row: Request, seen: int) -> None:
        """`seen` is the version of the request that was on the screen. Raises Refused."""
        raise NotImplementedError


class OtherTimes(FamilyAction):
    heading = button = _("Ask for other times")
    lead = _("Tell us which days and times suit you. A visit that is confirmed stays yours until we agree on another.")
    done = _("We have your answer, and look for other times.")

    words = letter_box(
        _("Which days and times suit you?"), empty=_("Enter days or times that suit you, like: Mondays, or any day after 3 pm")
    )

    @classmethod
    def is_possible(cls, row: Request) -> bool:
        return row.is_open and row.status in {Request.Status.OFFERED, Request.Status.CONFIRMED}

    def act(self, row: Request, seen: int) -> None:
        actions.ask_for_other_times(request=row, words=self.cleaned_data["words"], seen=seen)


class Withdraw(FamilyAction):
    heading = _("Withdraw your request")
    lead = _("We then close it, and give back every time that is held or confirmed for you. You need give no reason.")
    button = _("Withdraw the request")
    done = _("Your request is withdrawn.")

    words = letter_box(_("What should we know?"))

    @classmethod
    def is_done(cls, row: Request) -> bool:
        return row.ended == Request.Ended.BY_FAMILY

    def act(self, row: Request, seen: int) -> None:
        actions.withdraw(request=row, words=self.cleaned_data["words"], seen=seen)


class WriteToUs(FamilyAction):
    heading = _("Write to us")
    lead = _("The people who work on your request read it here. It is not sent by email.")
    button = _("Send")
    done = _("We have your words, and read them before we go on.")

    words = letter_box(_("What do you want to tell us?"), empty=_("Enter what you want to tell us"), rows=6)

    def act(self, row: Request, seen: int) -> None:
        actions.add_words(request=row, words=self.cleaned_data["words"])


class ChangeContact(FamilyAction, ContactForm):
    heading = _("How we reach you")
    lead = _("From now on we use what stands here.")
    button = _("Save")
    done = _("Your contact details are changed.")

    before = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def initial_for(cls, row: Request) -> dict[str, Any]:
        return {"email": row.email, "phone": row.phone, **row.read("contact"), "before": actions.state_of_contact(row)}

    def look_again(self, row: Request) -> None:
        sent: Any = self.data
        sent["before"] = actions.state_of_contact(row)

    def act(self, row: Request, seen: int) -> None:
        actions.change_contact(request=row, fields=self.columns(), seen=self.cleaned_data["before"])


class Earlier(FamilyAction):
    heading = _("Earlier times")
    lead = _(
        "When another family gives a visit back, we offer its time to a family that would come sooner. Your visit stays as it "
        "is, unless you choose the earlier time. You lose nothing by saying no."
    )
    button = _("Save")
    done = _("We have noted what you told us about earlier times.")

    notice = OneOf(
        [(str(days), label) for days, label in EarlierWish.Notice.choices] + [(NONE, _("I want no earlier time"))],
        label=_("How much notice do you need?"),
        help_text=_("The time between your yes and the earlier visit."),
        empty=_("Select how much notice you need"),
    )

    @classmethod
    def is_possible(cls, row: Request) -> bool:
        return row.is_open and row.times.standing().filter(starts_at__gt=timezone.now()).exists()

    @classmethod
    def initial_for(cls, row: Request) -> dict[str, Any]:
        wish = EarlierWish.objects.filter(request=row, ended_at=None).first()
        return {"notice": str(wish.notice_days)} if wish else {}

    def act(self, row: Request, seen: int) -> None:
        notice = self.cleaned_data["notice"]
        actions.wish_earlier(request=row, by=FAMILY, notice_days=None if notice == NONE else int(notice), seen=seen)


class KeepVisit(FamilyAction):
    heading = _("Keep the visit you have?")
    lead = _(
        "The earlier time goes to another family. Your visit stays as it is, and we ask you again when another earlier time is "
        "free."
    )
    button = _("Yes, keep my visit")
    done = _("You keep your visit. We ask you again when another earlier time is free.")

    @classmethod
    def is_possible(cls, row: Request) -> bool:
        held = row.times.on_offer().filter(earlier_offer__isnull=False)
        return row.times.standing().exists() and held.exists()

    def act(self, row: Request, seen: int) -> None:
        actions.decline_earlier(request=row, by=FAMILY, seen=seen)


ACTIONS: dict[str, type[FamilyAction]] = {
    "other": OtherTimes,
    "withdraw": Withdraw,
    "words": WriteToUs,
    "contact": ChangeContact,
    "earlier": Earlier,
    "keep": KeepVisit,
}
DONE = {name: action.done for name, action in ACTIONS.items()} | {"accept": _("The time is yours.")}


def view_of(name: str) -> Callable[..., HttpResponse]:
    def answer(request: HttpRequest, row: Request) -> HttpResponse:
        action, is_post = ACTIONS[name], request.method == "POST"
        if not is_unlocked(request, row):
            return ask_to_unlock(request, row, name) if is_post else redirect(address(row))
        if "leave" in request.POST:
            keep_words(row, name, action(asker=row.asker).answers_in(request.POST))
            return leave(request)
        if is_post and (action.is_done(row) or idempotency.was_sent(_key(request, row, name))):
            return redirect_done(row, name)
        if not action.is_possible(row):
            return redirect(address(row))
        if is_post:
            return _act(request, row, name)
        form = action(asker=row.asker)
        form.initial = action.initial_for(row)
        if kept := find_words(row, name):
            form.show(kept)
        return _page(request, row, name, form)

    return private(answer)


def _act(request: HttpRequest, row: Request, name: str) -> HttpResponse:
    form = ACTIONS[name](dict(request.POST.lists()), asker=row.asker)
    if not form.is_valid():
        return _page(request, row, name, form)
    if not limits.allowed(request, what="private page", most=MOST, per=HOUR, who=row.link_hash):
        return _page(request, row, name, form, fault=too_many(row), status=429)
    try:
        with transaction.atomic():
            if idempotency.is_first(_key(request, row, name)):
                form.act(row, Seen.read(request.POST, "seen") or 0)
                if find_words(row, name):
                    keep_words(row, name, {})
    except Refused as refusal:
        row.refresh_from_db()
        if not form.is_done(row):
            form.look_again(row)
            return _page(request, row, name, form, fault=str(refusal))
    return redirect_done(row, name)


def _key(request: HttpRequest, row: Request, name: str) -> str:
    return idempotency.key_of("family", row.pk, name, sent=request.POST)


def redirect_done(row: Request, name: str) -> HttpResponse:
    row.refresh_from_db(fields=["status"])
    if name == "withdraw" and row.is_open:  # withdrawn, and opened again since
        return redirect(address(row))
    return redirect(f"{address(row)}?done={name}")


def _page(
    request: HttpRequest, row: Request, name: str, form: FamilyAction, *, fault: str = "", status: int = 200
) -> HttpResponse:
    visit = row.times.select_related("location", "request").standing().first() if name == "withdraw" else None
    context = {
        "row": row,
        **Contact.of(row.department).for_page(),
        "form": form,
        "fault": fault,
        "cancels": f"{status_text.when(visit)}, {status_text.place(visit)}" if visit else "",
        "once": idempotency.draw_number(),
        "back": address(row),
        "here": address(row, name),
        "leaving": QUESTIONS,
    }
    return render(request, "appointments/private_action.html", context, status=status)


def ask_to_unlock(
    request: HttpRequest, row: Request, name: str, *, form: StepForm | None = None, fault: str = "", status: int = 200
) -> HttpResponse:
    typed = ACTIONS[name](asker=row.asker).answers_in(request.POST)
    context = {
        "row": row,
        **Contact.of(row.department).for_page(),
        "form": form or Unlock(asker=row.asker),
        "fault": fault,
        "carried": [(field, text) for field, texts in typed.items() for text in texts],
        "then": name,
        "link": {"unlock": address(row, "unlock")},
    }
    return render(request, "appointments/private_unlock.html", context, status=status)


def carry_on(request: HttpRequest, row: Request, name: str) -> HttpResponse:
    form = ACTIONS[name](asker=row.asker)
    form.show(form.answers_in(request.POST))
    return _page(request, row, name, form)


def too_many(row: Request) -> str:
    """When somebody tried too often, or at least too fast: until when, and whom to call meanwhile."""
    until = time_text.full(limits.ends(HOUR), row.department.time_zone)
    words = _("That was tried too often, so it waits for a while. Try again after %(when)s, or call us: %(phone)s.")
    return words % {"when": until, "phone": row.department.phone}
