"""What every page knows of the site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from foundation.publishing.http import absolute


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, phone and hours from the settings; nothing about who asks."""
    return {
        "site_name": settings.SITE_NAME,
        "site_tagline": settings.SITE_TAGLINE,
        "site_phone": settings.SITE_PHONE,
        "site_hours": settings.SITE_HOURS,
        "emergency_phone": settings.EMERGENCY_PHONE,
        "page_url": absolute(request, request.path),
    }
