from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.html import format_html

from foundation.pages.http import absolute
from foundation.pages.languages import runs_right_to_left
from foundation.pages.templatetags.pages import whole_times
from foundation.prose.text import PhoneNumber
from foundation.request_id import META
from guides.models import notice_links


def site(request: HttpRequest) -> dict[str, Any]:
    """For every template; nothing about who asks."""
    return site_facts() | {"page_url": absolute(request, request.path)}


def error_page(request: HttpRequest) -> dict[str, Any]:
    """For pages that are made without the context processors, one of which may be what failed."""
    language = language_of(request)
    return site_facts() | {
        "request": request,
        "request_id": request.META.get(META, "").upper(),
        "LANGUAGE_CODE": language,
        "LANGUAGE_BIDI": runs_right_to_left(language),
    }


def site_facts() -> dict[str, Any]:
    """Name, phone and hours from the settings, in the language that is active."""
    return {
        "site_name": settings.SITE_NAME,
        "site_tagline": settings.SITE_TAGLINE,
        "site_phone": PhoneNumber(settings.SITE_PHONE),
        "site_hours": hours(),
        "emergency_phone": settings.EMERGENCY_PHONE,
        "notice_links": notice_links,
    }


def hours() -> str:
    """When somebody answers the phone; marked as English where we have no words in the language that is active."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return whole_times(settings.SITE_HOURS)
    own = whole_times(settings.SITE_HOURS_IN.get(language, ""))
    return own or format_html('<span lang="{}">{}</span>', settings.LANGUAGE_CODE, whole_times(settings.SITE_HOURS))


def language_of(request: HttpRequest) -> str:
    """The language of the address."""
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
