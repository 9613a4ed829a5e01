from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy as _

from conditions.models import FALLBACK, Edition
from conditions.page_context import Row, news_rows, story_rows
from directory.calendar import all_closed_days
from foundation.pages.http import alternates, hold_until, public_page
from foundation.pages.languages import foreign
from foundation.prose.text import first_sentence
from guides.models import Guide
from news.models import NewsItem
from stories.models import Story

SIGNS = [_("bone pain at night"), _("limping"), _("fevers that come back"), _("swollen joint"), _("rash")]  # to search for
MOST_CONDITIONS, MOST_GUIDES, MOST_STORIES, MOST_NEWS = 6, 3, 3, 3


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """Search first, and the closed days of the week; then the newest of everything."""
    language, closed = get_language() or FALLBACK, all_closed_days()
    context = {
        "alternates": alternates(request),
        "signs": SIGNS,
        "closed_days": closed,
        "conditions": _conditions(),
        "guides": _guides(language),
        "stories": story_rows(Story.objects.with_pictures().for_readers(language)[:MOST_STORIES]),
        "news": news_rows(NewsItem.objects.for_readers(language)[:MOST_NEWS]),
    }
    return hold_until(render(request, "portal/home.html", context), closed[0].ends if closed else None)


def _guides(language: str) -> list[Row]:
    texts = [guide.text_in(language) for guide in Guide.objects.readable(language)[:MOST_GUIDES]]
    return [
        {"title": text.title, "url": text.guide.get_absolute_url(), "summary": text.summary, "lang": foreign(text.language)}
        for text in texts
        if text
    ]


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
            "summary": first_sentence(edition.summary),
            "lang": foreign(edition.condition.name_language),
            "summary_lang": edition.language if edition.language != edition.condition.name_language else "",
        }
        for edition in list(best.values())[:MOST_CONDITIONS]
    ]
