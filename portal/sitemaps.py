"""Every page a visitor may read now, by what the apps have registered."""

from typing import Any

from foundation.pages.registry import registered
from foundation.pages.sitemaps import ListSitemap


def sitemaps() -> dict[str, Any]:
    """By kind; first home and the pages that list others."""
    contents = registered()
    lists = ListSitemap(["home", *(name for content in contents for name in content.lists)])
    return {"lists": lists} | {content.kind: content.sitemap() for content in contents if content.sitemap}
