"""The answer as a feed: Atom, in the order of HL7's KnowledgeResponse.xsd, and the same as JSON, as MedlinePlus Connect writes it."""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _, override

from foundation.pages.http import absolute
from portal.infobutton.pages import Page
from portal.infobutton.question import Question

ATOM = "http://www.w3.org/2005/Atom"
CRITERIA = "mainSearchCriteria.v"


def as_json(request: HttpRequest, question: Question, pages: list[Page]) -> dict[str, Any]:
    """`author` is an object, since callers read `feed.author.name._value`; what may repeat is a list, even of one."""
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
    ET.register_namespace("", ATOM)
    root = _element("feed", answer["feed"])
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _element(name: str, facts: dict[str, Any]) -> ET.Element:
    made = ET.Element(f"{{{ATOM}}}{name}")
    for key, value in facts.items():
        if key == "_value":
            made.text = value
        elif isinstance(value, str):
            made.set({"lang": "xml:lang", "base": "xml:base"}.get(key, key), value)
        else:
            made.extend(_element(key, each) for each in (value if isinstance(value, list) else [value]))
    return made
