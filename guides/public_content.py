from datetime import datetime
from typing import Any

from django.conf import settings

from foundation.pages.registry import Ends, PageSitemap, PublicContent, PublishedSitemap, only_on, published, register
from foundation.prose.days import days_of, midnight
from guides.models import Guide, GuideText, Notice


class GuideSitemap(PublishedSitemap):
    """At one address in every language that it has a text in."""

    def items(self) -> Any:
        return Guide.objects.published().prefetch_related("texts")

    def get_languages_for_item(self, item: Guide) -> list[str]:
        return [text.language for text in item.texts.all()]


class NoticeSitemap(PageSitemap):
    """Those with a page of their own here; each in the languages of the site that it has."""

    def items(self) -> Any:
        own = Notice.objects.in_force().exclude(kind=Notice.Kind.LANGUAGE_HELP).exclude(text="")
        return own.filter(language__in=dict(settings.LANGUAGES))

    def get_languages_for_item(self, item: Notice) -> list[str]:
        return [item.language]

    def lastmod(self, item: Any) -> datetime:
        return max(item.changed_at, midnight(item.effective_on))


def _replaced(start: datetime, last: datetime) -> Ends:
    """The page of a notice, on the day from which another one is in force."""
    coming = Notice.objects.filter(effective_on__range=days_of(start, last))
    return [(midnight(notice.effective_on), only_on(notice.get_absolute_url())) for notice in coming if notice.effective_on]


register(
    published(Guide, GuideSitemap, lists=("guides:index",)),
    GuideText,
    PublicContent(
        Notice,
        only="{row}.effective_on IS NOT NULL",
        ends=_replaced,
        lists=("guides:language_help",),
        sitemap=NoticeSitemap,
    ),
)
