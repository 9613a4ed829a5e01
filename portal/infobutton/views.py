"""`/infobutton`: the address that a health record's button opens. It keeps nothing, and sends no part of the question on."""

import json
import re
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conditions.models import ConditionCode
from portal.infobutton.feed import as_atom, as_json
from portal.infobutton.pages import Page, count_codes, pages_for
from portal.infobutton.question import Question, Unanswerable
from portal.views.search import FROM_RECORD

ATOM, JSON, JSONP, HTML = "atom", "json", "jsonp", "html"
RESPONSE_TYPES = {
    **dict.fromkeys(["text/xml", "application/xml", "application/atom+xml"], ATOM),
    "application/json": JSON,
    **dict.fromkeys(["application/javascript", "text/javascript"], JSONP),
    **dict.fromkeys(["text/html", "application/xhtml+xml"], HTML),
}
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)


@csrf_exempt  # it changes nothing of the reader's
@require_http_methods(["GET", "HEAD", "POST"])
def infobutton(request: HttpRequest) -> HttpResponse:
    try:
        response = _answer(request)
    except Unanswerable as fault:
        response = HttpResponse(f"{fault}\n", status=fault.status, content_type="text/plain; charset=utf-8")
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    request.encoding = "utf-8"  # Django refuses a form that names another; codes are the same in all
    if request.method == "GET" and not request.GET and "text/html" in request.headers.get("Accept", ""):
        context = {"systems": ConditionCode.System.choices, "languages": settings.LANGUAGES}
        return render(request, "portal/infobutton_try.html", context)
    question = Question.of(request)
    form = _form(request, question)
    pages = pages_for(question)
    if not pages:
        count_codes(request, question)
    if form == HTML:
        return _to_page(request, question, pages)
    answer = as_json(request, question, pages)
    if form == ATOM:
        return HttpResponse(as_atom(answer), content_type="text/xml; charset=utf-8")
    written = json.dumps(answer)
    if form == JSONP:
        script = f"/**/{question.callback}({written});"  # made for pages of others, unlike all else here
        anywhere = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return HttpResponse(script, content_type="application/javascript; charset=utf-8", headers=anywhere)
    return HttpResponse(written, content_type="application/json", headers={"Access-Control-Allow-Origin": "*"})


def _form(request: HttpRequest, question: Question) -> str:
    """As the question says, else as a browser or a program asks. Raises Unanswerable."""
    acceptable = [name for name, form in RESPONSE_TYPES.items() if form != JSONP or question.callback]
    form = RESPONSE_TYPES.get(question.response_type or request.get_preferred_type(acceptable) or "text/xml")
    if form is None:
        raise Unanswerable("knowledgeResponseType is text/xml, application/json, application/javascript or text/html.", 415)
    if form == JSONP and not (len(question.callback) <= 100 and CALLBACK.fullmatch(question.callback)):
        raise Unanswerable("Name the function in the parameter callback: letters, digits, _, $ and dots.")
    return form


def _to_page(request: HttpRequest, question: Question, pages: list[Page]) -> HttpResponse:
    """Straight to the one page; a choice of several; else the search, with the name but never the code in its address."""
    if len(pages) > 1:
        with override(question.language):
            return render(request, "portal/infobutton.html", {"pages": pages})
    if pages:
        section = f"#{pages[0].section[0]}" if pages[0].section else ""
        return HttpResponseRedirect(pages[0].path + section)
    with override(question.language):
        words = urlencode({"q": question.names[0], "from": FROM_RECORD}) if question.names else ""
        return HttpResponseRedirect(reverse("search") + (f"?{words}" if words else ""))
