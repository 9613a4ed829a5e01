"""Pages a visitor may read now, for search engines (sitemaps.org 0.9)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.functional import cached_property


class RowPaginator(Paginator):
    """Parts of a sitemap: each row of a part once for every language it is written in. No row of other parts is read."""

    def __init__(self, sitemap: "PageSitemap") -> None:
        super().__init__(sitemap.items(), sitemap.limit)
        self.languages_of = sitemap.get_languages_for_item

    def page(self, number: Any) -> Any:
        page: Any = super().page(number)
        page.object_list = [(row, language) for row in page.object_list for language in self.languages_of(row)]
        return page


class PageSitemap(Sitemap):
    """All rows of a model in both languages, each pointing to the other; on the host of `SITE_URL`, else on the one that was asked."""

    i18n = alternates = x_default = True
    limit = 100  # rows of a part: it is made as quickly as any page, however large the site is
    model: Any

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc or super().get_domain(site)

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme or super().get_protocol(protocol)

    def items(self) -> Any:
        return self.model.objects.order_by("pk")

    @cached_property
    def paginator(self) -> "Paginator[Any]":
        """Kept, so that the rows are counted once."""
        return RowPaginator(self)

    def get_latest_lastmod(self) -> None:
        """Left out of the index of a large site: it would read every row."""


class ListSitemap(PageSitemap):
    """Pages that list others, by the names of their addresses."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)

    def items(self) -> list[str]:
        return self.names

    def location(self, item: Any) -> str:
        return reverse(item)


class PublishedSitemap(PageSitemap):
    """What is `Publishable`: each in the one language it is written in, by the model's own published query."""

    def items(self) -> Any:
        return self.model.objects.published()

    def get_languages_for_item(self, item: Any) -> list[str]:
        return [item.language]

    def lastmod(self, item: Any) -> datetime:
        return max(item.changed_at, item.publish_at)
