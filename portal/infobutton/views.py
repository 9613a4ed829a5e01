"""`/infobutton`: the address that a health record's button opens. It keeps nothing, and sends no part of the question on."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from xml.etree import ElementTree as ET

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from conditions.models import Condition, ConditionCode, Edition, Section
from foundation.pages.http import absolute
from foundation.privacy.limits import allowed
from foundation.search.actions import count_code_miss
from portal.infobutton.question import Code, Question, Unanswerable
from portal.server.outage import write_if_possible
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

# --- which pages are about a code --------------------------------------------------------------------------------------

Kind = Section.Kind
SECTIONS = {  # of the page, by the MeSH code of a subtopic
    "Q000175": Kind.DIAGNOSIS,
    "Q000628": Kind.TREATMENT,
    "Q000009": Kind.TREATMENT,  # adverse effects
    "Q000209": Kind.CAUSES,
    "D011379": Kind.OUTLOOK,  # prognosis
}

LONGEST = 20  # letters of a code, as in its column; what is longer is none


@dataclass(frozen=True)
class Page:
    slug: str
    title: str
    summary: str
    language: str
    path: str
    changed_at: datetime
    section: tuple[str, str] | None  # anchor and title of the part that was asked for


def pages_for(question: Question) -> list[Page]:
    """Those of all its codes, each once."""
    found = dict.fromkeys(conditions_with(question.codes))
    readable = {row.pk: row for row in Condition.objects.readable(question.language).filter(pk__in=found)}
    return [_page(readable[pk], question) for pk in found if pk in readable]


def conditions_with(codes: list[Code]) -> Iterator[int]:
    """Of each code those whose it is; else those whose code stands nearest above it and counts for all below. Records send leaves: M86.361."""
    lines = [(code, _line(code)) for code in codes if code.system and len(code.value) <= LONGEST]
    if not lines:
        return
    asked = reduce(or_, (Q(system=code.system, code__in=line) for code, line in lines))
    rows = list(ConditionCode.objects.filter(asked).order_by("condition__slug"))
    for code, line in lines:
        own = [row for row in rows if row.system == code.system and row.code in line]
        own = [row for row in own if row.code == code.value or row.includes_descendants]
        nearest = max((len(row.code) for row in own), default=0)
        yield from (row.condition_id for row in own if len(row.code) == nearest)


def _line(code: Code) -> set[str]:
    """The code, and of ICD-10-CM what stands above it."""
    shortest = 3 if code.system == ConditionCode.System.ICD_10_CM else len(code.value)
    return {code.value, *(code.value[:length] for length in range(shortest, len(code.value)))}


def _page(condition: Condition, question: Question) -> Page:
    live = Edition.objects.live().filter(condition=condition)
    edition = live.filter(language=question.language).first() or live.get(language="en")
    with override(edition.language):
        path, title = reverse("conditions:condition", args=[condition.slug]), str(condition)
        asked = [SECTIONS[code] for code in question.subtopics if code in SECTIONS]
        part = edition.sections.filter(kind__in=asked).first()
        section = (part.kind, str(part.heading or part.get_kind_display())) if part else None
    return Page(condition.slug, title, edition.summary, edition.language, path, edition.publish_at, section)  # type: ignore[arg-type]


MOST, PER = 300, timedelta(hours=1)  # from one address; more is no clinic


def _count(request: HttpRequest, question: Question) -> None:
    """Codes that no page is about, for the editors: the code and how often, and only what has the form of a code."""
    forms = ConditionCode.FORMATS
    codes = [str(each) for each in question.codes if each.system and re.fullmatch(forms[each.system], each.value)]  # type: ignore[index]
    if codes and allowed(request, what="infobutton miss", most=MOST, per=PER):
        for code in codes:
            count_code_miss(code, question.language)


# --- the answer as a feed ----------------------------------------------------------------------------------------------

NAMESPACE = "http://www.w3.org/2005/Atom"
CRITERIA = "mainSearchCriteria.v"


def as_json(request: HttpRequest, question: Question, pages: list[Page]) -> dict[str, Any]:
    """The feed as MedlinePlus Connect writes it; `as_atom` keeps its order, which is that of HL7's KnowledgeResponse.xsd.

    `author` is an object, since callers read `feed.author.name._value`; what may repeat is a list, even of one.
    """
    with override(question.language):
        title, subtitle = settings.SITE_NAME, _("Pages on conditions for families")
    return {
        "feed": {
            "base": absolute(request, "/"),
            "lang": question.language,
            "title": _text(title),
            "subtitle": _text(subtitle),
            "author": {"name": _value(settings.SITE_NAME), "uri": _value(absolute(request, "/"))},
            "updated": _value(_moment(timezone.now())),
            "category": [{"scheme": scheme, "term": term} for scheme, term in _categories(question)],
            "id": _value(f"tag:{request.get_host()},2026:infobutton"),
            "entry": [_entry(request, page) for page in pages],
        }
    }


def _categories(question: Question) -> list[tuple[str, str]]:
    """What was asked, as far as it was read: codes and language."""
    numbered = [(str(at or ""), code) for at, code in enumerate(question.codes)]
    codes = [(f"{CRITERIA}.c{number}", code.value) for number, code in numbered]
    return [*codes, ("informationRecipient.languageCode.c", question.language)]


def _entry(request: HttpRequest, page: Page) -> dict[str, Any]:
    address = absolute(request, page.path)
    links = [(address, "alternate", page.title)]
    if page.section:
        anchor, title = page.section
        links.append((f"{address}#{anchor}", "related", f"{page.title}: {title}"))
    return {
        "lang": page.language,
        "title": _text(page.title),
        "link": [
            {"href": href, "rel": rel, "type": "text/html", "hreflang": page.language, "title": title}
            for href, rel, title in links
        ],
        "id": _value(f"tag:{request.get_host()},2026:condition/{page.slug}"),
        "updated": _value(_moment(page.changed_at)),
        "summary": _text(page.summary),
    }


def _value(words: str) -> dict[str, str]:
    return {"_value": words}


def _text(words: str) -> dict[str, str]:
    return {"_value": words, "type": "text"}


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_atom(answer: dict[str, Any]) -> bytes:
    """The same answer as XML: a key is an element, `_value` its text, a plain string an attribute."""
    ET.register_namespace("", NAMESPACE)
    return ET.tostring(_element("feed", answer["feed"]), encoding="utf-8", xml_declaration=True)


def _element(name: str, facts: dict[str, Any]) -> ET.Element:
    made = ET.Element(f"{{{NAMESPACE}}}{name}")
    for key, value in facts.items():
        if key == "_value":
            made.text = value
        elif isinstance(value, str):
            made.set({"lang": "xml:lang", "base": "xml:base"}.get(key, key), value)
        else:
            made.extend(_element(key, each) for each in (value if isinstance(value, list) else [value]))
    return made


# --- the address -------------------------------------------------------------------------------------------------------


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
        write_if_possible("a code without a page", lambda: _count(request, question))
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
        words = {"q": question.names[0], "from": FROM_RECORD} if question.names else None
        return HttpResponseRedirect(reverse("search", query=words))
