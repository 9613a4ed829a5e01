"""One box that finds everything a visitor may read."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from foundation.pages.http import alternates
from foundation.privacy.limits import allowed
from foundation.prose.typed import prose
from foundation.search.actions import ALL, FEW, ask, count_miss
from portal.server.outage import write_if_possible
from portal.views.home import SIGNS

LONGEST = 200


class Question(forms.CharField):
    """Whatever was typed, made searchable: nothing that someone can type is an error."""

    def to_python(self, value: object) -> str:
        return prose(str(value or "")[: 2 * LONGEST], lines=False)[:LONGEST]


class SearchForm(forms.Form):
    q = Question(
        label=gettext_lazy("What are you looking for?"),
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "autocapitalize": "none", "maxlength": LONGEST}
        ),
    )


FROM_RECORD = "record"  # the words are those of a health record (`portal.infobutton`), no family's


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The likeliest pages, with `?more` further ones; with `?exactly` no word is taken for another.

    What somebody looks for may be personal: no copy is kept, and no other site learns of it.
    """
    form = SearchForm(request.GET)
    form.is_valid()  # it always is; see `Question`
    question = form.cleaned_data["q"]
    answer = ask(question, get_language(), ALL if "more" in request.GET else FEW, exactly="exactly" in request.GET)
    asked_here = request.method == "GET" and request.GET.get("from") != FROM_RECORD
    if question and asked_here and not (answer.hits or answer.is_danger):
        write_if_possible("a search that found nothing", lambda: _count(request, question))
    context = {
        "form": form,
        "answer": answer,
        "signs": SIGNS,
        "crisis_phone": settings.CRISIS_PHONE,
        "poison_phone": settings.POISON_PHONE,
        "shows_all": "more" in request.GET,
        "exactly": "exactly" in request.GET,
        "crumbs": [(_("Home"), reverse("home")), (_("Search"), "")],
        "alternates": [] if question else alternates(request),
    }
    response = render(request, "portal/search.html", context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _count(request: HttpRequest, question: str) -> None:
    """For the editors; beyond 300 an hour from one address it is no longer families that look for something."""
    if allowed(request, what="miss", most=300, per=timedelta(hours=1)):
        count_miss(question, get_language())
