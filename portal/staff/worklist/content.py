"""What waits beside the condition pages: consents that end, what readers wrote, what they did not find."""

from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.models import PageFeedback
from foundation.adminkit.verbs import in_words
from foundation.links import link_index
from foundation.links.models import OutsideAddress
from foundation.pictures.models import LibraryPicture
from foundation.search.models import Miss
from portal.staff.worklist.base import Row, Thing, Waiting, change, changelist, counted, listed
from stories.models import Authorization
from stories.models.authorization import ENDING_SOON, GROWING_UP


def consents_ending(user: User) -> Waiting:
    """Papers without which a story would disappear."""
    found = Authorization.objects.ending_within(ENDING_SOON).select_related("story").order_by("expires_on")

    def thing(row: Any) -> Row:
        return str(row.story), change("stories_authorization", row.pk), _("until %(day)s") % {"day": in_words(row.expires_on)}

    nothing = _("No consent to a story ends within 60 days.")
    every = changelist("stories_authorization", "?state=ending")
    return listed(_("Stories whose consent ends soon"), nothing, found, thing, every)


def growing_up(user: User) -> Waiting:
    """People to be asked themselves."""
    found = Authorization.objects.turning_18_within(GROWING_UP).select_related("story").order_by("turns_18_on")

    def thing(row: Any) -> Row:
        return str(row.story), change("stories_authorization", row.pk), _("18 on %(day)s") % {"day": in_words(row.turns_18_on)}

    nothing = _("Nobody a story is about turns 18 within 90 days.")
    return listed(_("Turning 18: ask again"), nothing, found, thing, changelist("stories_authorization", "?state=growing"))


def picture_consents(user: User) -> Waiting:
    """Pictures of people that would disappear, or have."""
    found = LibraryPicture.objects.ending_within(ENDING_SOON).order_by("consent_until")

    def thing(row: Any) -> Row:
        ends = _("until %(day)s") % {"day": in_words(row.consent_until)}
        return str(row), change("pictures_librarypicture", row.pk), ends

    nothing = _("No consent to a picture ends within 60 days.")
    every = changelist("pictures_librarypicture", "?state=ending")
    return listed(_("Pictures whose consent ends soon"), nothing, found, thing, every)


def broken_links(user: User) -> Waiting:
    """Links to pages of ours that visitors cannot read now, with the text that holds each."""
    rows = list(counted(link_index.broken()))
    found = [Thing(each.text, each.where, f"{each.address} {each.words}") for each in link_index.broken_links(rows)]
    nothing = _("Every link to a page of ours works.")
    return Waiting(_("Links that lead nowhere"), nothing, found, rows[0].of_all if rows else 0, reverse("admin:links"))


def outside_faults(user: User) -> Waiting:
    """As `check_links` found them; the longest first."""
    found = OutsideAddress.objects.reported().order_by("failing_since")

    def thing(row: Any) -> Row:
        note = _("%(fault)s, since %(day)s") % {"fault": row.fault, "day": in_words(row.failing_since)}
        return row.url, change("links_outsideaddress", row.pk), note

    every = changelist("links_outsideaddress", "?state=reported")
    return listed(_("Links elsewhere that broke"), _("No outside address was found broken."), found, thing, every)


def misses(user: User) -> Waiting:
    """What was asked for most often first."""
    found = Miss.objects.order_by("-count", "-last_on")

    def thing(row: Miss) -> Row:
        times = ngettext("%d time", "%d times", row.count) % row.count
        return row.text, change("search_miss", row.pk), f"{times}, {in_words(row.last_on)}"

    return listed(_("Searched for, not found"), _("Every search found something."), found, thing, changelist("search_miss"))


def readers_words(user: User) -> Waiting:
    """What readers wrote; a yes or no alone asks for nothing."""
    found = PageFeedback.objects.exclude(comment="").select_related("edition__condition")

    def thing(row: PageFeedback) -> Row:
        answer = _("it helped") if row.helpful else _("it did not help")
        note = f"{row.edition.condition}, {in_words(row.given_on)}, {answer}"
        return row.comment, change("conditions_pagefeedback", row.pk), note

    every = changelist("conditions_pagefeedback", "?comment__isempty=0")
    named = found.prefetch_related("edition__condition__names")
    return listed(_("What readers wrote"), _("No reader has written yet."), named, thing, every)
