"""What the search knows of the news."""

from django.utils.translation import gettext_lazy as _

from foundation.prose.text import plain
from foundation.search import actions as search
from foundation.search.actions import Page, Source
from news.models import NewsItem


def store_item(item: NewsItem) -> None:
    """Renews the search entry of one item."""
    body = f"{item.summary} {plain(item.text)} {item.source_name} {item.author}"
    search.store(kind="news", object_id=item.pk, language=item.language, title=item.title, body=body)


def _items(ids: list[int], language: str) -> dict[int, Page]:
    found = NewsItem.objects.published().filter(pk__in=ids)
    return {item.pk: Page(item.get_absolute_url(), item.title, item.language) for item in found}


def _rebuild() -> None:
    for item in NewsItem.objects.all():
        store_item(item)


SOURCES = [Source("news", 5, _("In the news"), _items, _rebuild)]
