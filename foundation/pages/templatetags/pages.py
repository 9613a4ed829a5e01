"""What every template may use: addresses, phone numbers, dates in parts, the menu."""

import re
from datetime import date
from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse, translate_url
from django.utils import formats, translation
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from foundation.pages import http
from foundation.pages.languages import Named, language_name, own_name, runs_right_to_left
from foundation.pictures import images
from foundation.prose.phones import tel
from foundation.prose.text import marked

CUT = "\0"  # stands in no text
register = template.Library()
register.filter(marked)
register.filter(tel)


@register.filter
def own_lang(words: Named) -> str:
    """What marks an element with words in another language than the page's: its language, and its direction if that differs."""
    language = getattr(words, "lang", "")  # words that are missing have none
    if not language:
        return ""
    to_the_left = runs_right_to_left(language)
    if to_the_left == translation.get_language_bidi():
        return format_html(' lang="{}"', language)
    return format_html(' lang="{}" dir="{}"', language, "rtl" if to_the_left else "ltr")


@register.filter
def spoken(words: Named) -> str:
    """The words, marked with their language where it is another than the page's."""
    mark = own_lang(words)
    return format_html("<span{}>{}</span>", mark, words) if mark else words


@register.simple_tag
def language_note(language: str) -> str:
    """“(in English)”, beside what leads to words in another language than the page's."""
    if language == translation.get_language():
        return ""
    note = translation.gettext("(in %(language)s)") % {"language": language_name(language)}
    return format_html(' <small class="quiet" lang="{}">{}</small>', translation.get_language(), note)


@register.filter
def unbroken(phone: str) -> str:
    return type(phone)(re.sub(r" (?=\d)", "\u00a0", phone))


@register.filter
def kept_whole(words: str, pieces: list[str]) -> str:
    """Words in which no line ends within one of these pieces, a phone number or a reference."""
    for piece in pieces:
        words = words.replace(piece, f"{CUT}{piece}{CUT}")
    parts = words.split(CUT)
    if len(parts) == 1:
        return words
    shown = [format_html('<span class="whole">{}</span>', part) if n % 2 else part for n, part in enumerate(parts)]
    return format_html_join("", "{}", ((part,) for part in shown))


@register.filter
def whole_times(hours: str) -> str:
    """Opening hours in which no line ends between a number and its half of the day: “5 pm”, “5 p. m.”."""
    return re.sub(r"(?<=\d) (?=[ap](?:m\b|\.\sm\.))|(?<=\b[ap]\.) (?=m\.)", "\u00a0", str(hours))


@register.filter
def partial_date(written: str) -> str:
    """`2025`, `2025-05` or `2025-05-08` as the reader's language writes it."""
    parts = [int(part) for part in written.split("-")]
    if len(parts) == 1:
        return written
    form = "DATE_FORMAT" if parts[2:] else "YEAR_MONTH_FORMAT"
    return formats.date_format(date(parts[0], parts[1], (parts[2:] or [1])[0]), form)


@register.simple_tag(takes_context=True)
def pictures_from(context: RequestContext) -> str:
    return context.get("pictures_at") or settings.MEDIA_URL


@register.filter
def picture_url(name: str, start: str = "") -> str:
    return f"{start or settings.MEDIA_URL}{name}"


@register.filter
def srcset(sizes: list[tuple[str, int]], start: str = "") -> str:
    return ", ".join(f"{picture_url(name, start)} {width}w" for name, width in sizes)


@register.filter
def avif(sizes: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(images.avif(name), width) for name, width in sizes]


@register.simple_tag(takes_context=True)
def absolute(context: RequestContext, address: str) -> str:
    return http.absolute(context["request"], address)


@register.simple_tag(takes_context=True)
def again(context: RequestContext, block: str) -> Any:
    """The words of a block that stands elsewhere on the page, so that title and preview cannot differ."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(block).render(context)


@register.simple_tag(takes_context=True)
def other_languages(context: RequestContext) -> list[tuple[str, str, str]]:
    """(code, its own name for itself, this page's address in it) of every language but the reader's.

    A page that has no twin says in `counterpart` which address of the reader's language has one.
    """
    here: str = context.get("counterpart") or context["request"].get_full_path()
    known = dict(context.get("alternates") or ())
    others = [code for code, _name in settings.LANGUAGES if code != translation.get_language()]
    return [(code, capfirst(own_name(code)), known.get(code) or _address_in(code, here)) for code in others]


@register.simple_tag(takes_context=True)
def own_version(context: RequestContext, language: str) -> str:
    """The address of a page's translation into the reader's language, where the page is in another; "" without one."""
    own = translation.get_language()
    return dict(context.get("alternates") or ()).get(own, "") if own != language else ""


def _address_in(code: str, here: str) -> str:
    """Addresses that are no page of ours have no translation; they lead to the front door."""
    there = translate_url(here, code)
    if there != here:
        return there
    with translation.override(code):
        return reverse("home")


@register.inclusion_tag("components/_menu_link.html", takes_context=True)
def menu_link(context: RequestContext, view: str, words: str) -> dict[str, str]:
    """A main menu entry that knows whether the reader is on its page or below it."""
    url, here = reverse(view), context["request"].path
    return {"url": url, "words": words, "current": "page" if here == url else "true" if here.startswith(url) else ""}
