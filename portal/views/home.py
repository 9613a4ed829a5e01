"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from conditions.models import Edition
from conditions.models.edition import FALLBACK
from conditions.page_context import Row, addresses, news_rows, story_rows
from foundation.pages.http import public_page
from foundation.prose.text import first_sentence
from news.models import NewsItem
from stories.models import Story

SIGNS = [_("bone pain at night"), _("limping"), _("fevers that come back"), _("swollen joint"), _("rash")]  # to search for
MOST_CONDITIONS, MOST_STORIES, MOST_NEWS = 6, 3, 3


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """Search first; then the newest of everything."""
    context = {
        "alternates": addresses("home"),
        "signs": SIGNS,
        "conditions": _conditions(),
        "stories": story_rows(Story.objects.published()[:MOST_STORIES]),
        "news": news_rows(NewsItem.objects.published()[:MOST_NEWS]),
    }
    return render(request, "portal/home.html", context)


def _conditions() -> list[Row]:
    """The pages renewed last, with their short answers; in the reader's language where there is a text in it."""
    language = get_language() or FALLBACK
    live = Edition.objects.live().filter(language__in=[language, FALLBACK]).order_by("-publish_at", "pk")
    best: dict[int, Edition] = {}
    for edition in live.select_related("condition").prefetch_related("condition__names")[: 2 * MOST_CONDITIONS]:
        if edition.condition_id not in best or edition.language == language:
            best[edition.condition_id] = edition
    return [
        {
            "title": edition.condition.name_in(edition.language),
            "url": edition.condition.get_absolute_url(),
            "summary": first_sentence(edition.summary),
            "lang": edition.language if edition.language != language else "",
        }
        for edition in list(best.values())[:MOST_CONDITIONS]
    ]
