"""How the text of condition pages takes another picture: open drafts at once, published pages through a draft to be signed."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conditions import actions
from conditions.models import Edition, Section
from foundation.pictures.library import Replacer, point_all
from foundation.pictures.models import LibraryPicture


def plan(old: LibraryPicture) -> list[str]:
    """A sentence for each draft that changes, each that is started, and each page that waits for a draft."""
    drafts = _with(old, Edition.objects.open())
    sentences = [
        _("%(draft)s: at once in the open draft. A signature under it no longer counts.") % {"draft": draft}
        if draft.signed_digest
        else _("%(draft)s: at once in the open draft.") % {"draft": draft}
        for draft in drafts
    ]
    with_draft = {(draft.condition_id, draft.language) for draft in drafts}
    for live in _with(old, Edition.objects.live()):
        if (live.condition_id, live.language) in with_draft:
            words = _("%(page)s: the page keeps the old picture until the open draft is signed and published.")
        elif Edition.objects.open().of_page(live).exists():
            words = _("%(page)s: its open draft has this picture no more. The page follows when that is published.")
        else:
            words = _("%(page)s: a new draft is started. It must be signed and published; the page waits for it.")
        sentences.append(words % {"page": f"{live.condition}, {live.get_language_display()}"})
    return sentences


def act(old: LibraryPicture, new: LibraryPicture, by: Any) -> list[models.Model]:
    """Starts the drafts that are missing, then changes every open one, by the verbs, which leave their own records."""
    for live in _with(old, Edition.objects.live()):
        if not Edition.objects.open().of_page(live).exists():
            actions.start_draft(condition=live.condition, language=live.language, by=by)
    for draft in _with(old, Edition.objects.open()):
        point_all(Section.objects.filter(edition=draft, picture=old.name), new)
        draft.save()
        draft.authors.add(by)
        actions.log_event(edition=draft, by=by, verb="changed", words=_("replaced a picture"))
        actions.drop_stale_sign_off(edition=draft, by=by)
    return []


def _with(old: LibraryPicture, editions: QuerySet[Edition]) -> list[Edition]:
    showing = editions.filter(pk__in=Section.objects.filter(picture=old.name).values("edition"))
    return list(showing.select_related("condition").prefetch_related("condition__names"))


REPLACER = Replacer(plan, act)
