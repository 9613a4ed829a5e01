"""The way through the steps: what a browser has answered so far, which step comes next, and what it all amounts to."""

import json
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from appointments.forms import Answers, Child, Contact, StepForm, Times, Visit, You
from appointments.models import Draft, Request
from appointments.models.draft import KEPT
from foundation.privacy import tokens
from foundation.privacy.keys import Unreadable

FORMS: dict[str, type[StepForm]] = {"you": You, "child": Child, "visit": Visit, "contact": Contact, "times": Times}
ORDER = [*FORMS, "check", "done"]


class Wizard:
    """The answers of one browser, found by the secret in its cookie; without a draft, or after 24 hours, none."""

    def __init__(self, secret: str, draft: Draft | None = None) -> None:
        self.secret, self.key, self.draft = secret, tokens.hashed(secret), draft
        self.answers: dict[str, Any] = {}
        try:
            self.answers = draft.read() if draft else {}
        except Unreadable:  # no key opens it: as good as gone
            self.draft = None

    @classmethod
    def of(cls, request: HttpRequest, *, lock: bool = False) -> Self:
        """The one of the browser that asks. `lock` holds the draft's row until the transaction ends."""
        secret = request.COOKIES.get(cookie_name(), "")
        drafts = Draft.objects.select_for_update() if lock else Draft.objects.all()
        draft = drafts.filter(key=tokens.hashed(secret), expires_at__gt=timezone.now()).first() if secret else None
        return cls(secret, draft)

    @classmethod
    def start(cls, *, restarted: bool = False) -> Self:
        """A new one under a new secret; saved with its first answers. `restarted`: the one before it was lost."""
        secret, _key = tokens.new()
        wizard = cls(secret)
        wizard.draft = Draft(key=wizard.key)
        wizard.answers["memory"] = {"began": timezone.now().isoformat(), "restarted": restarted}
        return wizard

    @property
    def memory(self) -> dict[str, Any]:
        """What the draft remembers beside the answers.

        When it `began`, whether it `restarted`, what it is `about`, and the `unsent` steps, which were left by another way
        than “Continue” and whose answers nobody judges yet.
        """
        return self.answers.get("memory", {})

    @property
    def is_lost(self) -> bool:
        return self.memory.get("restarted", bool(self.secret) and self.draft is None)

    @property
    def began(self) -> datetime:
        return datetime.fromisoformat(self.memory["began"])

    @cached_property
    def sent_request(self) -> Request | None:
        """The request that came of this draft, which was deleted in the same transaction."""
        if self.draft or not self.secret:
            return None
        return Request.objects.select_related("department").filter(draft_key=self.key).first()

    @property
    def asker(self) -> str:
        return "".join(self.answers.get("you", {}).get("asker", [])[-1:])

    @property
    def department(self) -> str:
        """The address of the department that is asked; "" while none is chosen."""
        visit = self.answers.get("visit") or self.memory.get("about", {})
        return "".join(visit.get("department", [])[-1:])

    def form(self, step: str) -> StepForm:
        """The form of a step: with the stored answers and what is wrong with them, else with what we know already."""
        is_unsent = step in self.memory.get("unsent", [])
        if step in self.answers and not is_unsent:
            return FORMS[step](self.answers[step], asker=self.asker)
        form = FORMS[step](asker=self.asker)
        if is_unsent:
            form.show(self.answers[step])
        elif step == "child" and form.for_oneself:
            form.show({"name": self.answers["you"].get("name", [])})
        elif step == "visit":
            form.show(self.memory.get("about", {}))
        return form

    @cached_property
    def checked_forms(self) -> dict[str, StepForm]:
        """The forms whose stored answers hold, up to the first step that lacks them."""
        forms: dict[str, StepForm] = {}
        for step, kind in FORMS.items():
            form = kind(self.answers.get(step, {}), asker=self.asker)
            if step not in self.answers or not form.is_valid():
                break
            forms[step] = form
        return forms

    @property
    def next_step(self) -> str:
        """The first step whose stored answers do not hold, else the check; once it is sent, the end."""
        return "done" if self.sent_request else ORDER[len(self.checked_forms)]

    def columns(self) -> dict[str, Any]:
        """The answers as columns of Request. Only when the next step is the check."""
        columns = {name: value for form in self.checked_forms.values() for name, value in form.columns().items()}
        sealed = {name: json.dumps(value) for name, value in columns.items() if isinstance(value, dict)}
        return columns | sealed | {"site_language": get_language()}

    def turn_to(self, about: Answers) -> None:
        """What the visit is about, as the page says from which the family came."""
        if about:
            self.memory["about"] = about
        if "visit" in self.answers:
            self.answers["visit"] |= about

    def save(self, step: str, typed: dict[str, Any]) -> None:
        self.answers[step] = typed
        self.draft = self.draft or Draft(key=self.key)
        self.draft.write(self.answers)
        self.__dict__.pop("checked_forms", None)

    def forget(self) -> None:
        if self.draft:
            self.draft.delete()

    def remember(self, response: HttpResponse) -> HttpResponse:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(cookie_name(), self.secret, max_age=KEPT, secure=secure, httponly=True, samesite="Lax")
        return response


@transaction.atomic
def keep_answers(
    request: HttpRequest, step: str, typed: Answers, *, is_sent: bool = True, about: Answers | None = None
) -> Wizard:
    """Saves the answers of one step in the draft of this browser, or in a new one where there is none.

    Not `is_sent`: the step is left by a way of its own, and what was typed is found there again, without a complaint.
    """
    wizard = Wizard.of(request, lock=True)
    if not is_sent and (wizard.sent_request or typed == wizard.answers.get(step)):
        return wizard
    if wizard.draft is None:
        wizard = Wizard.start(restarted=wizard.is_lost and not wizard.sent_request)
    wizard.turn_to(about or {})
    others = [name for name in wizard.memory.get("unsent", []) if name != step]
    wizard.memory["unsent"] = others if is_sent else [*others, step]
    wizard.save(step, typed)
    return wizard


def redirect_to(step: str, see: str = "") -> HttpResponse:
    return HttpResponseRedirect(reverse("appointments:step", args=[step], query={"see": see} if see else None))


def cookie_name() -> str:
    """Bound to the host by its prefix wherever the site has HTTPS."""
    return "__Host-draft" if settings.SESSION_COOKIE_SECURE else "draft"
