"""What guides and notices say to machines: a page, and what it is called."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.pages.http import absolute
from foundation.pages.structured_data import Crumbs, block, hospital, trail
from guides.models import GuideText, Notice


def describe(
    request: HttpRequest, text: GuideText | Notice, changed_at: datetime, crumbs: Crumbs, description: str = ""
) -> SafeString:
    page = {
        "@type": "WebPage",
        "name": text.title,
        "description": description,
        "url": absolute(request, request.path),
        "inLanguage": text.language,
        "dateModified": changed_at.isoformat(),
        "publisher": hospital(request),
    }
    return block(page, trail(request, crumbs))
