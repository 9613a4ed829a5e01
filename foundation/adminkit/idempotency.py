"""A form of staff that is sent twice is acted on once: the second time leads to what was done the first.

Some browsers send a form again when its button is pressed twice, and show the second answer alone.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac

from foundation.adminkit.models import SentForm

FIELD = "once"  # the form's own number, in a hidden box
View = TypeVar("View", bound=Callable[..., Any])


def once(view: View) -> View:
    """Marks a view whose POST acts at once; `portal.staff.admin_site` sends every form to it through `act_once`."""
    vars(view)["acts_once"] = True
    return view


def acting_once(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        def act() -> HttpResponse:
            return cast("HttpResponse", view(request, *args, **kwargs))

        return act_once(request, act) if request.method == "POST" else act()

    return cast("View", answer)


def act_once(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """What `act` answers; or, if this form was acted on already, what was answered then. Only a redirect says that it was.

    The same words without the form's number are the same form if nothing else was done there since, within a minute.
    """
    words = _form_hash(request, without=(FIELD,))
    subject = request.path.rstrip("/").rpartition("/")[0][:200]
    with transaction.atomic():
        last = SentForm.objects.last_about(subject)
        if last and last.words == words:
            return _answer_again(request, last)
        own = _form_hash(request) if FIELD in request.POST else f"{words} {last.pk if last else 0}"
        key = _keyed_hash(own)
        sent, new = SentForm.objects.get_or_create(key=key, defaults={"words": words, "subject": subject})
        if not new:
            return _answer_again(request, sent)
        response = act()
        if response.status_code == 302:
            sent.address, sent.told = response["Location"], _messages(request)
            sent.save(update_fields=["address", "told"])
            SentForm.objects.forgotten().delete()
        else:
            sent.delete()
        return response


def _answer_again(request: HttpRequest, sent: SentForm) -> HttpResponse:
    for message in sent.told:
        messages.add_message(request, message.level, message.message, message.extra_tags)
    return HttpResponseRedirect(sent.address)


def _messages(request: HttpRequest) -> list[Any]:
    shown = list(messages.get_messages(request))
    for message in shown:
        messages.add_message(request, message.level, message.message, message.extra_tags)
    return shown


def _form_hash(request: HttpRequest, without: tuple[str, ...] = ()) -> str:
    """Of who sent what where. The proof of origin looks new on every page."""
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in ("csrfmiddlewaretoken", *without))
    sent: list[tuple[str, Any]] = list(request.FILES.items())
    files = sorted((name, file.name, file.size) for name, file in sent)
    whole = json.dumps([request.user.pk, request.get_full_path(), fields, files])
    return _keyed_hash(whole)


def _keyed_hash(text: str) -> str:
    """Under the site's key: short words about a child cannot be found by trying."""
    return salted_hmac("foundation.adminkit.idempotency", text, algorithm="sha256").hexdigest()
