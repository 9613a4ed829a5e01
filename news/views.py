from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, gettext as _

from conditions.forms import ConditionFilter
from conditions.page_context import with_conditions
from directory.models import Department
from foundation.pages.http import find, paginate, public_page
from foundation.pages.models import PublishableQuerySet
from foundation.pages.structured_data import Thing, article, block, item_context, list_context, trail
from foundation.prose.typed import prose
from news.models import NewsItem


@public_page(query=("page", "condition"))
def index(request: HttpRequest) -> HttpResponse:
    condition = ConditionFilter(request.GET).chosen()
    items = _visible().for_readers(get_language() or "en")
    shown = items.filter(conditions=condition) if condition else items
    context = list_context(request, _("News")) | paginate(request, shown, is_filtered=condition is not None)
    return render(request, "news/index.html", context | {"condition": condition})


@public_page
def item(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(_visible(), slug)
    context = item_context(row, "item", _("News"), reverse("news:index"))
    context["alternates"] = row.addresses()
    context["structured"] = block(_described(request, row), trail(request, context["crumbs"]))
    return render(request, "news/item.html", context)


def _described(request: HttpRequest, row: Any) -> Thing:
    """Our own article is a NewsArticle; coverage is a page of ours that cites somebody else's."""
    if row.kind == NewsItem.Kind.ARTICLE:
        author = {"@type": "MedicalOrganization" if row.by_department else "Person", "name": row.author}
        return article(request, row, kind="NewsArticle") | ({"author": author} if row.author else {})
    cited = {
        "@type": "NewsArticle",
        "url": row.source_url,
        "datePublished": row.source_date.isoformat() if row.source_date else "",
        "publisher": {"@type": "Organization", "name": row.source_name},
    }
    return article(request, row, kind="WebPage") | {"citation": cited}


def _visible() -> PublishableQuerySet:
    by_department = Exists(Department.objects.filter(name=OuterRef("author")))
    return with_conditions(NewsItem.objects.with_pictures().published().annotate(by_department=by_department))


MOST = 30


class NewsFeed(Feed):
    """The newest items in the reader's language; Django completes each address with the host that was asked where `SITE_URL` is empty."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return _("News from %(site)s") % {"site": settings.SITE_NAME}

    def subtitle(self) -> str:
        return _("What is new for children and families, and what others write about us.")

    def link(self) -> str:
        return settings.SITE_URL + reverse("news:index")

    def feed_url(self) -> str:
        return settings.SITE_URL + reverse("news:feed")

    def author_name(self) -> str:
        return str(settings.SITE_NAME)

    def items(self) -> list[NewsItem]:
        return list(NewsItem.objects.published().filter(language=get_language())[:MOST])

    def item_author_name(self, item: NewsItem) -> str | None:
        return item.author or item.source_name or None

    def item_title(self, item: NewsItem) -> str:
        """Escaped by the feed itself. XML knows no control characters: one in an old row must not end the feed for all."""
        return prose(item.title, lines=False)

    def item_description(self, item: NewsItem) -> str:
        return prose(item.summary, lines=False)

    def item_link(self, item: NewsItem) -> str:
        return settings.SITE_URL + item.get_absolute_url()

    def item_pubdate(self, item: NewsItem) -> datetime | None:
        return item.publish_at

    def item_updateddate(self, item: NewsItem) -> datetime:
        """UTC; an item prepared before its day counts as new on that day."""
        return max(item.changed_at, item.publish_at or item.changed_at)


feed = public_page(NewsFeed())
