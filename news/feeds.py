"""The news as an Atom feed (RFC 4287), for readers of feeds and for other sites."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.pages.http import public_page
from foundation.prose.typed import prose
from news.models import NewsItem

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
        """Of our own article who wrote it; of another who did."""
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
