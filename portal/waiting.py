"""What waits for a person on the staff side's first page: only what they may see, one query for each list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.admin.condition import SOON, review_state
from conditions.models import Edition, PageFeedback
from foundation.publishing.verbs import in_words
from foundation.search.models import Miss
from portal import waiting_requests
from stories.models import Authorization, Story

MOST = 8
ENDING = timedelta(days=60)


@dataclass(frozen=True)
class Waiting:
    """One list: a title, what to say when it is empty, (text, address, note) of each thing, and where all of them are."""

    title: str
    nothing: str
    things: list[tuple[str, str, str]]
    every: str


def waiting_for(user: User) -> Iterator[Waiting]:
    """The lists of this person, most pressing first."""
    if user.has_perm("appointments.work_requests"):
        yield from (Waiting(*each) for each in waiting_requests.lists_for(user, MOST))
    if user.has_perm("conditions.sign_off_edition"):
        yield _to_sign()
    if user.has_perm("conditions.approve_edition"):
        yield _to_approve()
    if user.has_perm("conditions.change_edition"):
        yield _own_drafts(user)
        yield _reviews()
    if user.has_perm("stories.view_story"):
        yield _ending_authorizations()
    if user.has_perm("search.view_miss"):
        yield _misses()
    if user.has_perm("conditions.view_pagefeedback"):
        yield _answers()


def _editions(found: QuerySet[Edition]) -> list[Edition]:
    return list(found.select_related("condition").prefetch_related("condition__names")[:MOST])


def _change(edition: Edition) -> str:
    return reverse("admin:conditions_edition_change", args=[edition.pk])


def _list(name: str, query: str = "") -> str:
    return reverse(f"admin:{name}_changelist") + query


def _to_sign() -> Waiting:
    found = _editions(Edition.objects.filter(status="submitted", signed_digest="").order_by("changed_at"))
    things = [(str(e), _change(e), _("since %(day)s") % {"day": in_words(e.changed_at)}) for e in found]
    every = _list("conditions_edition", "?status__exact=submitted")
    return Waiting(_("Waiting for sign-off"), _("No text waits for a reviewer."), things, every)


def _to_approve() -> Waiting:
    found = _editions(Edition.objects.filter(status="submitted").exclude(signed_digest="").select_related("reviewed_by"))
    things = [(str(e), _change(e), _("signed by %(who)s") % {"who": e.reviewed_by}) for e in found]
    every = _list("conditions_edition", "?status__exact=submitted")
    return Waiting(_("Signed, waiting for approval"), _("No signed text waits."), things, every)


def _own_drafts(user: User) -> Waiting:
    found = _editions(Edition.objects.open().filter(authors=user).order_by("-changed_at"))
    things = [(str(e), _change(e), str(e.get_status_display())) for e in found]
    return Waiting(
        _("Your open drafts"), _("You have no open draft."), things, _list("conditions_edition", "?status__exact=draft")
    )


def _reviews() -> Waiting:
    due = timezone.localdate() + SOON
    found = _editions(Edition.objects.live().filter(next_review_due__lte=due).order_by("next_review_due"))
    things = [(str(e), _change(e), review_state(e)) for e in found]
    every = _list("conditions_condition", "?review=overdue")
    return Waiting(_("Reviews overdue or due within 90 days"), _("No review is due within 90 days."), things, every)


def _ending_authorizations() -> Waiting:
    """Stories that would disappear within 60 days: their last valid authorization ends."""
    last = timezone.localdate() + ENDING
    lasting = Authorization.objects.valid().filter(expires_on__gt=last)
    ending = Authorization.objects.valid().filter(expires_on__lte=last).exclude(story__in=lasting.values("story"))
    found = ending.filter(story__in=Story.objects.published()).select_related("story").order_by("expires_on")[:MOST]
    things: list[tuple[str, str, str]] = [
        (
            str(a.story),
            reverse("admin:stories_story_change", args=[a.story_id]),
            _("until %(day)s") % {"day": in_words(a.expires_on)},
        )
        for a in found
    ]
    nothing = _("No authorization ends within 60 days.")
    return Waiting(_("Stories whose authorization ends soon"), nothing, things, _list("stories_story"))


def _misses() -> Waiting:
    found = Miss.objects.order_by("-last_on", "-count")[:MOST]
    things = [
        (m.text, reverse("admin:search_miss_change", args=[m.pk]), ngettext("%d time", "%d times", m.count) % m.count)
        for m in found
    ]
    return Waiting(_("Searched for, not found"), _("Every search found something."), things, _list("search_miss"))


def _answers() -> Waiting:
    found: Any = PageFeedback.objects.select_related("edition__condition").prefetch_related("edition__condition__names")[:MOST]
    things = [
        (
            row.comment or (_("It helped.") if row.helpful else _("It did not help.")),
            reverse("admin:conditions_pagefeedback_change", args=[row.pk]),
            f"{row.edition.condition}, {in_words(row.given_on)}",
        )
        for row in found
    ]
    return Waiting(_("What readers answered"), _("No answers yet."), things, _list("conditions_pagefeedback"))
