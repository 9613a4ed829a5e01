"""The stories that families allow us to show. Copies may be kept for a minute and no longer: a family can take its story back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext as _

from conditions.forms import ConditionFilter
from conditions.page_context import with_conditions
from foundation.pages.http import find, paginate, public_page
from foundation.pages.structured_data import Crumbs, article, block, item_context, list_context, trail
from stories.models import Story


@public_page(query=("page", "condition"))
def index(request: HttpRequest) -> HttpResponse:
    condition = ConditionFilter(request.GET).chosen()
    stories = with_conditions(Story.objects.with_pictures().for_readers(get_language() or "en"))
    shown = stories.filter(conditions=condition) if condition else stories
    context = list_context(request, _("Stories")) | paginate(request, shown, is_filtered=condition is not None)
    return _for_a_minute(render(request, "stories/index.html", context | {"condition": condition}))


@public_page
def story(request: HttpRequest, slug: str) -> HttpResponse:
    row = find(with_conditions(Story.objects.with_pictures().published()), slug)
    context = item_context(row, "story", _("Stories"), reverse("stories:index"))
    context["alternates"] = row.addresses()
    context["structured"] = _describe(request, row, context["crumbs"])
    return _for_a_minute(render(request, "stories/story.html", context))


def _describe(request: HttpRequest, row: Story, crumbs: Crumbs) -> SafeString:
    """A plain article by whoever the page says tells it: never a review or a rating of our own work."""
    teller = {"@type": "Person", "name": row.signature}
    return block(article(request, row, kind="Article") | {"author": teller}, trail(request, crumbs))


def _for_a_minute(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=60)
    return response
