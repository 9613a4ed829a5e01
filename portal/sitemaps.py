"""Every page a visitor may read now, by kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils.translation import get_language

from conditions.models import Edition
from directory.models import Clinician, Department
from foundation.pages.http import addresses_of
from news.models import NewsItem
from stories.models import Story


class Pages(Sitemap):
    """In both languages, each pointing to the other; on the host of `SITE_URL`, else on the one that was asked."""

    i18n = alternates = x_default = True

    def get_domain(self, site: Any = None) -> str:
        """Without the scheme."""
        return urlsplit(settings.SITE_URL).netloc or super().get_domain(site)

    def get_protocol(self, protocol: str | None = None) -> str:
        """The scheme."""
        return urlsplit(settings.SITE_URL).scheme or super().get_protocol(protocol)


class Lists(Pages):
    """Home and the pages that list others."""

    def items(self) -> list[str]:
        """Names of addresses."""
        return ["home", "conditions:index", "conditions:glossary", "stories:index", "news:index", "directory:departments"]

    def location(self, item: str) -> str:
        """In the language that Django has activated."""
        return reverse(item)


@dataclass(frozen=True)
class Page:
    """A condition with the languages that have a live edition, and when the newest of these went on the page (UTC)."""

    slug: str
    languages: list[str]
    newest: datetime


class Conditions(Pages):
    """In the languages that have a live edition."""

    def __init__(self) -> None:
        self.addresses: dict[str | None, Callable[[str], str]] = {}

    def items(self) -> list[Page]:
        """Each condition once, without a word of its text."""
        live = Edition.objects.live().order_by("condition__slug", "language")
        rows = live.values_list("condition__slug", "language", "publish_at")
        pages = ((slug, list(own)) for slug, own in groupby(rows, key=lambda row: row[0]))
        return [Page(slug, [row[1] for row in own], max(row[2] for row in own if row[2])) for slug, own in pages]

    def location(self, item: Any) -> str:
        """In the language that Django has activated, of which the addresses are reversed once."""
        language = get_language()
        if language not in self.addresses:
            self.addresses[language] = addresses_of("conditions:condition")
        return self.addresses[language](item.slug)

    def get_languages_for_item(self, item: Any) -> list[str]:
        """As fetched."""
        return list(item.languages)

    def lastmod(self, item: Any) -> datetime:
        """As fetched."""
        moment: datetime = item.newest
        return moment


class Published(Pages):
    """What is `Publishable`: each in the one language it is written in, by the model's own published query."""

    model: type[Story | NewsItem]

    def items(self) -> Any:
        """Newest first."""
        return self.model.objects.published()

    def get_languages_for_item(self, item: Any) -> list[str]:
        """Its own."""
        return [item.language]

    def lastmod(self, item: Any) -> datetime:
        """UTC."""
        return max(item.changed_at, item.publish_at)


class Stories(Published):
    """Only while their families allow it."""

    model = Story


class News(Published):
    """Our own and coverage."""

    model = NewsItem


class Departments(Pages):
    """Always public."""

    def items(self) -> Any:
        """All."""
        return Department.objects.all()


class Clinicians(Pages):
    """Always public."""

    def items(self) -> Any:
        """All."""
        return Clinician.objects.all()


SITEMAPS: dict[str, "type[Sitemap[Any]] | Sitemap[Any]"] = {
    "lists": Lists,
    "conditions": Conditions,
    "stories": Stories,
    "news": News,
    "departments": Departments,
    "clinicians": Clinicians,
}
