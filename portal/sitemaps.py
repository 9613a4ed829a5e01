"""Every page a visitor may read now, by kind."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from conditions.models import Condition, Edition
from directory.models import Clinician, Department
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


class Conditions(Pages):
    """In the languages that have a live edition."""

    def items(self) -> list[Condition]:
        """Each condition once, with what `lastmod` and `get_languages_for_item` need."""
        live: dict[Condition, list[Edition]] = defaultdict(list)
        for edition in Edition.objects.live().select_related("condition").order_by("condition__slug", "language"):
            live[edition.condition].append(edition)
        for condition, editions in live.items():
            condition.live_editions = editions  # type: ignore[attr-defined]
        return list(live)

    def get_languages_for_item(self, item: Any) -> list[str]:
        """As fetched."""
        return [edition.language for edition in item.live_editions]

    def lastmod(self, item: Any) -> datetime:
        """When its newest live edition went on the page (UTC)."""
        return max(edition.publish_at for edition in item.live_editions)


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
