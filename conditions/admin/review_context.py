"""What somebody reads before they answer for a text: the text, what changed in it, and what it still lacks."""

from typing import Any, NamedTuple

from django.contrib.admin.utils import label_for_field
from django.urls import reverse
from django.utils.safestring import SafeString

from conditions import actions, comparing
from conditions.models import Edition, Section
from foundation.adminkit.picture_forms import Thumbnail
from foundation.prose.text import safe_html


class Missing(NamedTuple):
    """What stands in the way of a verb, and the address where it is put right."""

    words: str
    address: str


def missing(edition: Edition, verb: str) -> list[Missing]:
    """Told on the verb's page before anybody tries."""
    page = reverse("admin:conditions_edition_change", args=[edition.pk])
    if verb not in {"submit", "sign-off", "approve"} or not edition.is_open:
        return []
    condition = reverse("admin:conditions_condition_change", args=[edition.condition_id])
    found = [Missing(gap.words, f"{page}#{gap.place}" if gap.place else condition) for gap in actions.gaps(edition)]
    if verb in {"sign-off", "approve"}:
        found += [Missing(words, f"{page}#comments") for words in actions.unanswered(edition)]
    if verb == "approve":
        found += [Missing(words, page) for words in actions.still_to_sign(edition)]
    return found


def reading(edition: Edition) -> dict[str, Any]:
    """The whole text, its digest, and what changed in it since a reviewer last signed (`since`, `changed`)."""
    levels = [(label_for_field(level, Edition), signs) for level, signs in edition.urgent.items()]
    sections = [(section, safe_html(section.body), _picture(section)) for section in edition.sections.all()]
    digest = edition.digest()
    since = actions.last_signature(edition, digest)
    places = comparing.compare(since.text, edition.clinical_text()) if since else []
    return {
        "sections": sections,
        "urgent": levels,
        "digest": digest,
        "since": since,
        "changed": comparing.changed(places),
        "sign_offs": actions.earlier_signatures(edition, digest),
    }


def _picture(section: Section) -> SafeString | str:
    return Thumbnail().thumbnail(section)
