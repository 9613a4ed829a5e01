"""What the papers of a story allow, in words for staff."""

import re
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.adminkit.verbs import in_words
from foundation.prose.text import plain
from stories.models import Authorization, Story


def fault(paper: Authorization, papers: list[Authorization]) -> str:
    """Why `paper`, one of all the `papers` of its story, is not in force today; "" if it is."""
    today = timezone.localdate()
    if paper.revoked_on and paper.revoked_on <= today:
        return _("authorization revoked %(day)s") % {"day": in_words(paper.revoked_on)}
    if paper.expires_on < today:
        return _("authorization ended %(day)s") % {"day": in_words(paper.expires_on)}
    if paper.signed_on > today:
        return _("authorization starts %(day)s") % {"day": in_words(paper.signed_on)}
    grown = _grown_on(papers, today)
    if grown and paper.relationship != Authorization.Relationship.PATIENT:
        words = {"age": settings.AGE_OF_MAJORITY, "day": in_words(grown)}
        return _("the patient turned %(age)d on %(day)s and has not signed") % words
    return _("the authorization does not say: %(what)s") % {"what": ", ".join(paper.missing)} if paper.missing else ""


def state(paper: Authorization, papers: list[Authorization]) -> str:
    """What `paper` is worth today, and what is known of the patient's own signature."""
    words = fault(paper, papers) or _("in force until %(day)s") % {"day": in_words(paper.expires_on)}
    if paper.asked_again_on:
        words += " · " + _("asked again %(day)s") % {"day": in_words(paper.asked_again_on)}
    return f"{words}: {paper.asked_again_note}" if paper.asked_again_note else words


def why_hidden(papers: list[Authorization]) -> str:
    """Why none of a story's `papers`, newest first, lets its text be shown today."""
    meant = [paper for paper in papers if paper.covers_website and paper.covers_text]
    if meant:
        return fault(meant[0], papers)
    if not papers:
        return _("no authorization")
    covers_website = any(paper.covers_website for paper in papers)
    lacking = _("authorization does not cover the text") if covers_website else _("authorization does not cover the website")
    return fault(papers[0], papers) or lacking


def limits(story: Story) -> list[str]:
    """What is left out of a story fetched with `with_consent`, and where its name would be read all the same."""
    notes = []
    if story.picture and not story.allows_picture:
        notes.append(_("The picture is left out: no authorization in force covers it."))
    if not story.allows_name:
        words = {"name": story.name_shown, "signature": story.signature}
        left_out = _("The name “%(name)s” is left out: no authorization in force covers it. Visitors read “%(signature)s”.")
        notes.append(left_out % words)
        if places := ", ".join(_places_of_name(story)):
            notes.append(_("But “%(name)s” stands in: %(places)s. Take it out there.") % {**words, "places": places})
    return notes


def _grown_on(papers: list[Authorization], today: date) -> date | None:
    """When a person whom the papers are about turned 18, by those that are not revoked."""
    days = [p.turns_18_on for p in papers if p.turns_18_on and not (p.revoked_on and p.revoked_on <= today)]
    return min((day for day in days if day <= today), default=None)


def _places_of_name(story: Story) -> list[str]:
    name = re.compile(rf"(?<!\w){re.escape(story.name_shown)}(?!\w)", re.IGNORECASE)
    fields = ["title", "slug", "summary", "text", *(["picture_alt", "picture_caption"] if story.shows_picture else [])]
    return [
        str(story._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
        for field in fields
        if name.search(plain(getattr(story, field)))
    ]
