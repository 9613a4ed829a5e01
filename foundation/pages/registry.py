"""What each app says of its public content, once, in its `public_content.py`; whoever needs to know it asks here.

The content version (`portal.pagecache`), the sitemap and the index of links read it, so that a new kind of page is said in one place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

Ends = Iterable[tuple[datetime, str]]


def only_on(address: str) -> str:
    """What the page at this address holds, and no page that links to it: the cache looks through path, line's end and text."""
    return f"{address}\n"


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


@dataclass(frozen=True)
class PublicContent:
    """A model whose rows readers see.

    `only` is SQL over `{row}` for the rows that are seen: a change from, to or within them makes pages anew. `moments` are the
    fields whose time changes a page by itself. `lists` names the addresses of its pages that list others. `ends` tells the
    moments from one to another at which something must be shown no more, each with what every page that shows it holds: its address.

    What has a page of its own also has a `sitemap` and can be linked to: `visible` are the rows a visitor may read in a
    language (all, if it is left out), and `why_hidden` says of others, by id, why not.
    """

    model: type[Any]
    only: str = ""
    moments: tuple[str, ...] = ()
    ends: Callable[[datetime, datetime], Ends] = lambda start, last: ()
    lists: tuple[str, ...] = ()
    sitemap: type[Sitemap] | None = None
    visible: Callable[[str], models.QuerySet[Any]] | None = None
    why_hidden: Callable[[list[int]], dict[int, str]] = lambda ids: {}

    @property
    def kind(self) -> str:
        """Like `news.newsitem`."""
        return str(self.model._meta.label_lower)

    def readable(self, language: str) -> models.QuerySet[Any]:
        return self.visible(language) if self.visible else self.model.objects.all()


_registered: dict[type[models.Model], PublicContent] = {}


def register(*contents: PublicContent | type[models.Model]) -> None:
    """A model alone is one that readers see all of, on the pages of others."""
    for content in contents:
        public = content if isinstance(content, PublicContent) else PublicContent(content)
        _registered[public.model] = public


def registered() -> list[PublicContent]:
    return list(_registered.values())


def published(model: Any, sitemap: type[Sitemap], lists: tuple[str, ...]) -> PublicContent:
    """What is to be said of a `Publishable` model with pages of its own."""

    def why_hidden(ids: list[int]) -> dict[int, str]:
        draft, hidden = _("It is a draft."), _("It is published, but visitors cannot see it now.")
        return {row.pk: hidden if row.is_published else draft for row in model.objects.filter(pk__in=ids)}

    def ends(start: datetime, last: datetime) -> Ends:
        """Also of what has yet to appear."""
        ending = model.objects.filter(status="published", expires_at__gt=start, expires_at__lte=last)
        return [(row.expires_at, row.get_absolute_url()) for row in ending]

    return PublicContent(
        model,
        only="{row}.status = 'published'",
        moments=("publish_at", "expires_at"),
        ends=ends,
        lists=lists,
        sitemap=sitemap,
        visible=lambda language: model.objects.published(),
        why_hidden=why_hidden,
    )
