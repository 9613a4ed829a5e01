"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from conditions.models import Edition
from conditions.page_context import FALLBACK, Row, addresses, news_rows, story_rows
from foundation.pages.http import public_page
from foundation.pages.languages import foreign
from news.models import NewsItem
from stories.models import Story

MOST_CONDITIONS, MOST_STORIES, MOST_NEWS = 6, 3, 3


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """Search first; then the newest of everything."""
    language = get_language() or FALLBACK
    context = {
        "alternates": addresses("home"),
        "conditions": _conditions(),
        "stories": story_rows(Story.objects.for_readers(language)[:MOST_STORIES]),
        "news": news_rows(NewsItem.objects.for_readers(language)[:MOST_NEWS]),
    }
    return render(request, "portal/home.html", context)


def _conditions() -> list[Row]:
    """The pages renewed last, with their short answers; in the reader's language where there is a name, a text in it."""
    language = get_language() or FALLBACK
    live = Edition.objects.live().filter(language__in=[language, FALLBACK]).order_by("-publish_at", "pk")
    best: dict[int, Edition] = {}
    for edition in live.select_related("condition").prefetch_related("condition__names")[: 2 * MOST_CONDITIONS]:
        if edition.condition_id not in best or edition.language == language:
            best[edition.condition_id] = edition
    return [
        {
            "title": edition.condition.name,
            "url": edition.condition.get_absolute_url(),
            "small": _first_sentence(edition.summary),
            "lang": foreign(edition.condition.name_language),
            "small_lang": foreign(edition.language),
        }
        for edition in list(best.values())[:MOST_CONDITIONS]
    ]


def _first_sentence(text: str) -> str:
    first, stop, _rest = text.partition(". ")
    return first + stop.strip()
