"""What a receiving system asks: POST with its token, JSON both ways. It is no page: no cookie, no session, no CSRF."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from appointments.handover import actions
from appointments.models import HandOver, ReceivingSystem
from foundation.privacy import limits, tokens
from foundation.prose.typed import code, prose
from foundation.workflow import Refused

HOUR = timedelta(hours=1)


class Lease(forms.Form):
    most = forms.IntegerField(min_value=1, max_value=actions.MOST, required=False)


class Answer(forms.Form):
    document = forms.CharField(max_length=30)
    number = forms.CharField(max_length=100, required=False)
    reason = forms.CharField(max_length=500, required=False)

    def clean_document(self) -> str:
        return code(self.cleaned_data["document"])

    def clean_number(self) -> str:
        return code(self.cleaned_data["number"])

    def clean_reason(self) -> str:
        return prose(self.cleaned_data["reason"])


class Taken(Answer):
    number = forms.CharField(max_length=100)


def _find_system(request: HttpRequest) -> ReceivingSystem | JsonResponse:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    is_bearer = kind.casefold() == "bearer" and bool(token.strip())
    system = ReceivingSystem.objects.active().filter(token_hash=tokens.hashed(token.strip())).first() if is_bearer else None
    if system is None:
        return _fault(401, "This token opens nothing.", {"WWW-Authenticate": 'Bearer realm="handover"'})
    if not system.may_ask_from(limits.address(request)):
        return _fault(403, "This address may not ask.")
    if not limits.allowed(request, what="handover", most=system.calls_an_hour, per=HOUR, who=f"system {system.pk}"):
        wait = int((limits.ends(HOUR) - timezone.now()).total_seconds()) + 1
        return _fault(429, "That was asked too often.", {"Retry-After": str(wait)})
    return system


def _read(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; nothing of what is none."""
    try:
        sent = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in sent.items() if isinstance(value, str | int)} if isinstance(sent, dict) else {}


def _lease(system: ReceivingSystem, sent: dict[str, Any]) -> JsonResponse:
    rows = actions.lease(system, most=sent["most"] or actions.MOST)
    until = (timezone.now() + actions.LEASE).isoformat(timespec="seconds")
    return JsonResponse({"leased_until": until, "bundles": actions.documents(rows)})


def _answer(status: str, system: ReceivingSystem, sent: dict[str, Any]) -> JsonResponse:
    try:
        row = actions.answer(system, status=status, **sent)
    except HandOver.DoesNotExist:
        return _fault(404, "This system was given no such document.")
    except Refused as refusal:
        return _fault(409, str(refusal))
    return JsonResponse({"document": str(row), "status": row.status})


def _fault(status: int, words: str, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"error": words}, status=status, headers=headers)


def _view(
    form: type[forms.Form], act: Callable[[ReceivingSystem, dict[str, Any]], JsonResponse]
) -> Callable[..., JsonResponse]:
    """Finds the system by its token, within its addresses and its rate, and acts on what it sent, judged by `form`."""

    @csrf_exempt  # it has no cookie that a strange page could use
    def view(request: HttpRequest) -> JsonResponse:
        if request.method != "POST":
            return _fault(405, "Ask by POST.", {"Allow": "POST"})
        system = _find_system(request)
        if isinstance(system, JsonResponse):
            return system
        sent = form(_read(request))
        if not sent.is_valid():
            return _fault(400, "; ".join(f"{name}: {' '.join(map(str, words))}" for name, words in sent.errors.items()))
        return act(system, sent.cleaned_data)

    return view


lease = _view(Lease, _lease)
taken = _view(Taken, partial(_answer, HandOver.Status.TAKEN))
refused = _view(Answer, partial(_answer, HandOver.Status.REFUSED))
