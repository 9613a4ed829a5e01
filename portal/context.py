"""What every page knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import get_language

from foundation.pages.http import absolute


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, phone and hours from the settings; nothing about who asks."""
    return {
        "site_name": settings.SITE_NAME,
        "site_tagline": settings.SITE_TAGLINE,
        "site_phone": settings.SITE_PHONE,
        "site_hours": hours(),
        "emergency_phone": settings.EMERGENCY_PHONE,
        "page_url": absolute(request, request.path),
    }


def hours() -> str:
    """When somebody answers the phone, in the language that is active; marked as English where we have no words in it."""
    own = {"en": settings.SITE_HOURS, "es": settings.SITE_HOURS_ES}.get(get_language() or "en")
    return own or format_html('<span lang="en">{}</span>', settings.SITE_HOURS)
