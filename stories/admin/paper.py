"""The page of a paper, in each language of the site, to print."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop as _, override

from stories.models import Authorization, Story

FORM_VERSION = "2026-12"  # whoever changes what the paper says gives it a new one

Pay = Authorization.ThirdPartyPay

# Stored in English, as staff see them; printed in the language of the paper.
PURPOSE = _("To show other families what life with this condition can be like")
RECIPIENTS = _("Everybody who opens the places that are ticked above")
HOW_TO_REVOKE = _("By a letter to us, or by phone")


def usual_terms() -> dict[str, str]:
    """What a paper says unless somebody writes other words, in the language that is active."""
    return {
        "form_version": FORM_VERSION,
        "purpose": gettext(PURPOSE),
        "recipients": gettext(RECIPIENTS),
        "how_to_revoke": gettext(HOW_TO_REVOKE),
    }


def paper_context(story: Story, paper: Authorization | None) -> dict[str, Any]:
    """What the page shows in the language that is active: without `paper` boxes and lines to fill in."""
    with override("en"):
        english = usual_terms()
    translated = {english[name]: words for name, words in usual_terms().items()}
    stored = {name: getattr(paper, name) for name in english} if paper else english
    terms = {name: translated.get(words, words) for name, words in stored.items()}
    pay = paper.third_party_pay if paper else ""
    ticked = {"nobody_pays": pay == Pay.NONE, "somebody_pays": pay == Pay.PAID}
    return {"story": story, "paper": paper, "terms": terms, "age": settings.AGE_OF_MAJORITY} | ticked


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
        context = paper_context(story, signed) | {"languages": languages, "back": reverse(f"{name}_change", args=[about.pk])}
        return render(request, "stories/paper.html", context | {"page_url": "", "counterpart": reverse("stories:index")})
