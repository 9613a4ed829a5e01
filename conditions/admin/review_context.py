"""What somebody reads before they answer for a text: the text, what changed in it, and what it still lacks."""

from typing import Any, NamedTuple

from django.contrib.admin.utils import label_for_field
from django.urls import reverse

from conditions import actions, comparison
from conditions.models import Edition
from foundation.adminkit.picture_forms import Thumbnail
from foundation.prose.text import safe_html


class Obstacle(NamedTuple):
    """What stands in the way of a verb, and the address where it is put right."""

    words: str
    address: str


def obstacles(edition: Edition, verb: str) -> list[Obstacle]:
    page = reverse("admin:conditions_edition_change", args=[edition.pk])
    if verb not in {"submit", "sign-off", "approve"} or not edition.is_open:
        return []
    condition = reverse("admin:conditions_condition_change", args=[edition.condition_id])
    found = [Obstacle(gap.words, f"{page}#{gap.place}" if gap.place else condition) for gap in actions.gaps(edition)]
    if verb in {"sign-off", "approve"}:
        found += [Obstacle(words, f"{page}#comments") for words in actions.unanswered(edition)]
    if verb == "approve":
        found += [Obstacle(words, page) for words in actions.still_to_sign(edition)]
    return found


def text_to_review(edition: Edition) -> dict[str, Any]:
    """The whole text, its digest, and what changed in it since a reviewer last signed (`since`, `changed`)."""
    digest = edition.digest()
    since = actions.last_signature(edition, digest)
    places = comparison.compare(since.text, edition.clinical_text()) if since else []
    thumbnail = Thumbnail().thumbnail
    return {
        "sections": [(section, safe_html(section.body), thumbnail(section)) for section in edition.sections.with_pictures()],
        "urgent": [(label_for_field(level, Edition), signs) for level, signs in edition.urgent.items()],
        "digest": digest,
        "since": since,
        "changed": comparison.changed(places),
        "sign_offs": actions.earlier_signatures(edition, digest),
    }
