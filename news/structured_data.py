from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.pages import structured_data
from news.models import NewsItem


def describe(request: HttpRequest, item: NewsItem, crumbs: structured_data.Crumbs) -> SafeString:
    """Our own article is a NewsArticle; coverage is a page of ours that cites somebody else's."""
    own = item.kind == NewsItem.Kind.ARTICLE
    said = _article(request, item) if own else _coverage(request, item)
    return structured_data.block(said, structured_data.trail(request, crumbs))


def _article(request: HttpRequest, item: Any) -> structured_data.Thing:
    said = structured_data.article(request, item, kind="NewsArticle")
    kind = "MedicalOrganization" if item.by_department else "Person"
    return said | ({"author": {"@type": kind, "name": item.author}} if item.author else {})


def _coverage(request: HttpRequest, item: NewsItem) -> structured_data.Thing:
    cited = {
        "@type": "NewsArticle",
        "url": item.source_url,
        "datePublished": item.source_date.isoformat() if item.source_date else "",
        "publisher": {"@type": "Organization", "name": item.source_name},
    }
    return structured_data.article(request, item, kind="WebPage") | {"citation": cited}
