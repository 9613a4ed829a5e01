"""The paper by which a family allows us to show its story (45 CFR 164.508): to sign, or as it was signed."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

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


def context(story: Story, paper: Authorization | None) -> dict[str, Any]:
    """What the page shows in the language that is active: without `paper` boxes and lines to fill in."""
    with override("en"):
        english = usual_terms()
    translated = {english[name]: words for name, words in usual_terms().items()}
    stored = {name: getattr(paper, name) for name in english} if paper else english
    terms = {name: translated.get(words, words) for name, words in stored.items()}
    pay = paper.third_party_pay if paper else ""
    ticked = {"nobody_pays": pay == Pay.NONE, "somebody_pays": pay == Pay.PAID}
    return {"story": story, "paper": paper, "terms": terms, "age": settings.AGE_OF_MAJORITY} | ticked
