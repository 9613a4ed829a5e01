"""The way through the steps: what a browser has answered so far, which step comes next, and what it all amounts to."""

from datetime import datetime
from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language

from appointments.forms import Child, StepForm, Times, Typed, Visit, You
from appointments.models import Draft, Request
from appointments.models.draft import KEPT
from foundation.audit.directly import find
from foundation.pages.http import addresses_of
from foundation.privacy import tokens
from foundation.privacy.keys import Unreadable

FORMS: dict[str, type[StepForm]] = {"you": You, "child": Child, "visit": Visit, "times": Times}
ORDER = [*FORMS, "check", "done"]


class Journey:
    """The answers of one browser, found by the secret in its cookie; without a draft, or after 24 hours, none."""

    def __init__(self, secret: str, *, locked: bool = False) -> None:
        """`locked` holds the draft's row until the transaction ends."""
        self.secret, self.key = secret, tokens.hashed(secret)
        draft = find(Draft, key=self.key, locked=locked) if secret else None
        self.draft = draft if draft and draft.expires_at > timezone.now() else None
        self.answers: dict[str, Any] = {}
        try:
            self.answers = self.draft.read() if self.draft else {}
        except Unreadable:  # no key opens it: as good as gone
            self.draft = None

    @classmethod
    def of(cls, request: HttpRequest, *, locked: bool = False) -> Self:
        """The one of the browser that asks."""
        return cls(request.COOKIES.get(cookie_name(), ""), locked=locked)

    @classmethod
    def begun(cls, *, restarted: bool = False) -> Self:
        """A new one under a new secret; saved with its first answers. `restarted`: the one before it was lost."""
        secret, key = tokens.new()
        journey = cls("")
        journey.secret, journey.key, journey.draft = secret, key, Draft(key=key)
        journey.answers["memory"] = {"began": timezone.now().isoformat(), "restarted": restarted}
        return journey

    @property
    def memory(self) -> dict[str, Any]:
        """What the draft remembers beside the answers.

        When it `began`, whether it `restarted`, what it is `about`, and the `unsent` steps, which were left by another way
        than “Continue” and whose answers nobody judges yet.
        """
        return self.answers.get("memory", {})

    @property
    def lost(self) -> bool:
        """What was typed is gone: its 24 hours are over."""
        return self.memory.get("restarted", bool(self.secret) and self.draft is None)

    @property
    def began(self) -> datetime:
        """When the draft was made (UTC)."""
        return datetime.fromisoformat(self.memory["began"])

    @cached_property
    def made(self) -> Request | None:
        """The request that came of this draft, which was deleted in the same transaction."""
        if self.draft or not self.secret:
            return None
        return Request.objects.select_related("department").filter(draft_key=self.key).first()

    @property
    def over(self) -> bool:
        """Sent."""
        return self.made is not None

    @property
    def asker(self) -> str:
        """Who asks, as far as it is known."""
        return "".join(self.answers.get("you", {}).get("asker", [])[-1:])

    def form(self, step: str) -> StepForm:
        """The form of a step: with the stored answers and what is wrong with them, else with what we know already."""
        if step in self.memory.get("unsent", []):
            form = FORMS[step](asker=self.asker)
            form.show(self.answers[step])
            return form
        if step in self.answers:
            return FORMS[step](self.answers[step], asker=self.asker)
        form = FORMS[step](asker=self.asker)
        if step == "child" and form.for_oneself:
            form.show({"name": self.answers["you"].get("name", [])})
        elif step == "visit":
            form.show(self.memory.get("about", {}))
        return form

    @cached_property
    def judged(self) -> dict[str, StepForm]:
        """The forms with the stored answers, up to the first that does not hold."""
        forms: dict[str, StepForm] = {}
        for step, form in FORMS.items():
            forms[step] = form(self.answers.get(step, {}), asker=self.asker)
            if not forms[step].is_valid():
                break
        return forms

    @property
    def next(self) -> str:
        """The first step whose stored answers do not hold, else the check."""
        last, form = list(self.judged.items())[-1]
        return "check" if form.is_valid() else last

    def reaches(self, step: str) -> bool:
        """Whether everything before `step` is answered."""
        return ORDER.index(step) <= ORDER.index(self.next)

    def fields(self) -> dict[str, Any]:
        """The answers as columns of Request. Only when the next step is the check."""
        columns = {name: value for form in self.judged.values() for name, value in form.columns().items()}
        return columns | {"site_language": get_language()}

    def save(self, step: str, typed: dict[str, Any]) -> None:
        """Keeps the answers of one step, for 24 hours from now."""
        self.answers[step] = typed
        self.draft = self.draft or Draft(key=self.key)
        self.draft.write(self.answers)
        self.__dict__.pop("judged", None)

    def forget(self) -> None:
        """Deletes what was typed."""
        if self.draft:
            self.draft.delete()

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Hands the browser its secret, for as long as the draft is kept."""
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(cookie_name(), self.secret, max_age=KEPT, secure=secure, httponly=True, samesite="Lax")
        return response


@transaction.atomic
def keep(request: HttpRequest, step: str, typed: Typed, *, sent: bool = True) -> Journey:
    """Saves the answers of one step in the draft of this browser, or in a new one where there is none.

    Not `sent`: the step is left by a way of its own, and what was typed is found there again, without a complaint.
    """
    journey = Journey.of(request, locked=True)
    if not sent and (journey.over or typed == journey.answers.get(step)):
        return journey
    if journey.draft is None:
        journey = Journey.begun(restarted=journey.lost)
    others = [name for name in journey.memory.get("unsent", []) if name != step]
    journey.memory["unsent"] = others if sent else [*others, step]
    journey.save(step, typed)
    return journey


def leading_to(step: str, see: str = "") -> HttpResponse:
    """To the page of a step; `see` says what is to be seen there."""
    return HttpResponseRedirect(addresses_of("appointments:step")(step) + (f"?see={see}" if see else ""))


def cookie_name() -> str:
    """Bound to the host by its prefix wherever the site has HTTPS."""
    return "__Host-draft" if settings.SESSION_COOKIE_SECURE else "draft"
