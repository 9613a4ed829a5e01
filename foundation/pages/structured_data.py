"""What pages say to machines, in the words of schema.org (release 30.0): only what the page shows people as well.

A thing is a dict with `@type`; `tests/data/schemaorg.json` lists the types and properties that exist.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.pages.http import absolute, alternates
from foundation.prose.text import data_block, safe_html

Thing = dict[str, Any]
Crumbs = list[tuple[str, str]]


def block(*things: Thing) -> SafeString:
    """The page's one script tag. Properties without a value are left out."""
    return data_block({"@context": "https://schema.org", "@graph": [_filled(thing) for thing in things if thing]})


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(own) for name, own in value.items() if own not in (None, "", [], {})}
    return [_filled(own) for own in value] if isinstance(value, list) else value


def trail(request: HttpRequest, crumbs: Crumbs) -> Thing:
    steps = [
        {"@type": "ListItem", "position": place, "name": str(label), "item": absolute(request, url or request.path)}
        for place, (label, url) in enumerate(crumbs, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps} if len(steps) > 1 else {}


def list_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """What the page of a list is told: where it stands, in which languages it is there, what it says to machines."""
    crumbs = [(_("Home"), reverse("home")), (title, "")]
    return {"crumbs": crumbs, "alternates": alternates(request), "structured": block(trail(request, crumbs))}


def item_context(item: Any, name: str, above: str, list_url: str) -> dict[str, Any]:
    """What the page of one text, and its preview for staff, is told of it; `above` is its list. Templates call it `name`."""
    return {
        name: item,
        "text": safe_html(item.text, under_title=True),
        "crumbs": [(_("Home"), reverse("home")), (above, list_url), (item.title, "")],
        "canonical": translate_url(item.get_absolute_url(), item.language),
    }


def hospital(request: HttpRequest) -> Thing:
    return {
        "@type": "MedicalOrganization",
        "name": settings.SITE_NAME,
        "url": absolute(request, reverse("home")),
        "telephone": settings.SITE_PHONE,
    }


def picture(request: HttpRequest, pictured: Any) -> Thing:
    """A `Pictured` object's largest picture; sizes are in pixels."""
    if not pictured.shows_picture:
        return {}
    return {
        "@type": "ImageObject",
        "url": absolute(request, f"{settings.MEDIA_URL}{pictured.picture}"),
        "width": pictured.picture_width,
        "height": pictured.picture_height,
        "caption": pictured.picture_caption,
    }


def article(request: HttpRequest, item: Any, *, kind: str) -> Thing:
    """A `Publishable` text of our own with title and summary; `kind` is Article or one of its sub-types. Moments are UTC."""
    return {
        "@type": kind,
        "headline": item.title,
        "description": item.summary,
        "url": absolute(request, request.path),
        "inLanguage": item.language,
        "datePublished": item.publish_at.isoformat(),
        "dateModified": max(item.changed_at, item.publish_at).isoformat(),
        "image": picture(request, item),
        "author": hospital(request),
        "publisher": hospital(request),
    }
