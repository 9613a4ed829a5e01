"""The stories that families allow us to show."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conditions.models import Condition
from foundation.publishing.http import find, paged, public_page
from foundation.publishing.structured import block, trail
from foundation.publishing.text import shown
from stories.models import Story
from stories.structured import describe


@public_page
def index(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    crumbs = [(_("Home"), reverse("home")), (_("Stories"), "")]
    context = paged(request, _visible()) | {"crumbs": crumbs, "structured": block(trail(request, crumbs))}
    return render(request, "stories/index.html", context)


@public_page
def story(request: HttpRequest, slug: str) -> HttpResponse:
    """One story, as long as it is allowed to be read."""
    row = find(_visible(), slug)
    crumbs = [(_("Home"), reverse("home")), (_("Stories"), reverse("stories:index")), (row.title, "")]
    context = {
        "story": row,
        "text": shown(row.text, under_title=True),
        "crumbs": crumbs,
        "canonical": translate_url(row.get_absolute_url(), row.language),
        "structured": describe(request, row, crumbs),
    }
    return render(request, "stories/story.html", context)


def _visible() -> QuerySet[Story]:
    readable = Condition.objects.readable(get_language() or "en")
    return Story.objects.published().prefetch_related(Prefetch("conditions", readable))
