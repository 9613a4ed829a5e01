"""The page of a paper, in each language of the site, to print."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import override

from stories import paper
from stories.models import Authorization, Story


def show_paper(request: HttpRequest, story: Story, signed: Authorization | None, language: str) -> HttpResponse:
    """To sign, or as it was `signed`. Raises Http404 for a language that the site does not have."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    about = signed or story
    name = f"admin:stories_{about._meta.model_name}"
    languages = [
        (label, reverse(f"{name}_paper", args=[about.pk, code])) for code, label in settings.LANGUAGES if code != language
    ]
    with override(language):
        context = paper.context(story, signed) | {"languages": languages, "back": reverse(f"{name}_change", args=[about.pk])}
        return render(request, "stories/paper.html", context | {"page_url": "", "counterpart": reverse("stories:index")})
