"""What waits beside the condition pages: consents that end, what readers wrote, what they did not find."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext

from conditions.models import Condition, PageFeedback
from foundation.adminkit.verbs import in_words
from foundation.links import link_index
from foundation.links.models import Link, OutsideAddress
from foundation.pictures.models import LibraryPicture
from foundation.search.models import Miss
from foundation.upkeep.models import to_look_at
from guides.models import REVIEW_SOON, Notice
from portal.staff.worklist.base import MOST_COUNTED, Thing, WaitingList, change_address, nothing_else
from stories.models import ENDING_SOON, GROWING_UP, Authorization

AGE = settings.AGE_OF_MAJORITY


def _ending_consent(row: Authorization) -> Thing:
    return Thing(str(row.story), change_address(row), _("until %(day)s") % {"day": in_words(row.expires_on)})


def _lacking(row: Authorization) -> Thing:
    return Thing(str(row.story), change_address(row), _("does not say: %(what)s") % {"what": ", ".join(row.missing)})


def _growing_up(row: Any) -> Thing:
    return Thing(str(row.story), change_address(row), _("%(age)d on %(day)s") % {"age": AGE, "day": in_words(row.turns_18_on)})


def _picture(row: Any) -> Thing:
    return Thing(str(row), change_address(row), _("until %(day)s") % {"day": in_words(row.consent_until)})


def _to_look_at(model: Any, user: User) -> Any:
    return model.objects.filter(to_look_at(user)).order_by("look_again_on", "pk")


def _look_again(row: Any) -> Thing:
    return Thing(str(row), change_address(row), _("since %(day)s") % {"day": in_words(row.look_again_on)})


def _notice(row: Any) -> Thing:
    return Thing(
        f"{row.title} ({row.language})", change_address(row), _("due on %(day)s") % {"day": in_words(row.next_review)}
    )


def _broken_links(user: User) -> Any:
    """Looked for once, which passes over all links, though they are shown and counted."""
    found = link_index.broken().values_list("pk", flat=True)[: MOST_COUNTED + 1]
    return Link.objects.filter(pk__in=list(found)).order_by("url", "pk")


def _broken_link(found: link_index.Finding) -> Thing:
    return Thing(found.text, found.where, f"{found.address} {found.words}")


def _outside_address(row: Any) -> Thing:
    note = _("%(fault)s, since %(day)s") % {"fault": row.fault, "day": in_words(row.failing_since)}
    return Thing(row.url, change_address(row), note)


def _miss(row: Miss) -> Thing:
    times = ngettext("%d time", "%d times", row.count) % row.count
    return Thing(row.text, change_address(row), f"{times}, {in_words(row.last_on)}")


def _feedback(row: PageFeedback) -> Thing:
    answer = _("it helped") if row.helpful else _("it did not help")
    return Thing(row.comment, change_address(row), f"{row.edition.condition}, {in_words(row.given_on)}, {answer}")


LISTS = [
    WaitingList(
        "guides.change_notice",
        _("Notices to review"),
        _("No notice is due for review within 60 days."),
        rows=lambda user: Notice.objects.due_within(REVIEW_SOON).order_by("next_review", "pk"),
        thing=_notice,
        every="guides_notice_changelist?state=due",
        content=nothing_else,
    ),
    WaitingList(
        "stories.view_authorization",
        _("Stories whose consent ends soon"),
        _("No consent to a story ends within 60 days."),
        rows=lambda user: Authorization.objects.ending_within(ENDING_SOON).select_related("story").order_by("expires_on"),
        thing=_ending_consent,
        every="stories_authorization_changelist?state=ending",
        content=nothing_else,
    ),
    WaitingList(
        "stories.view_authorization",
        _("Authorizations that do not say all they must"),
        _("Every authorization in use says all it must."),
        rows=lambda user: Authorization.objects.lacking().select_related("story").order_by("expires_on", "pk"),
        thing=_lacking,
        every="stories_authorization_changelist?state=lacking",
        content=nothing_else,
    ),
    WaitingList(
        "stories.view_authorization",
        format_lazy(_("Turning {age}: ask again"), age=AGE),
        format_lazy(_("Nobody a story is about turns {age} within 90 days."), age=AGE),
        rows=lambda user: Authorization.objects.turning_18_within(GROWING_UP).select_related("story").order_by("turns_18_on"),
        thing=_growing_up,
        every="stories_authorization_changelist?state=growing",
        remembers="that it is empty",  # it names a birthday, which is remembered nowhere
    ),
    WaitingList(
        "pictures.view_librarypicture",
        _("Pictures whose consent ends soon"),
        _("No consent to a picture ends within 60 days."),
        rows=lambda user: LibraryPicture.objects.ending_within(ENDING_SOON).order_by("consent_until"),
        thing=_picture,
        every="pictures_librarypicture_changelist?state=ending",
        content=nothing_else,
    ),
    *(
        WaitingList(
            f"{model._meta.app_label}.change_{model._meta.model_name}",
            title,
            nothing,
            rows=partial(_to_look_at, model),
            thing=_look_again,
            every=f"{model._meta.app_label}_{model._meta.model_name}_changelist?again=due",
        )
        for model, title, nothing in (
            (LibraryPicture, _("Pictures to look at again"), _("No picture’s day to look at it again has come.")),
            (Condition, _("Conditions to look at again"), _("No condition’s day to look at it again has come.")),
        )
    ),
    WaitingList(
        "conditions.view_pagefeedback",
        _("What readers wrote"),
        _("No reader has written yet."),
        rows=lambda user: (
            PageFeedback.objects.exclude(comment="")
            .select_related("edition__condition")
            .prefetch_related("edition__condition__names")
        ),
        thing=_feedback,
        every="conditions_pagefeedback_changelist?comment__isempty=0",
        remembers="that it is empty",
    ),
    WaitingList(
        "links.view_link",
        _("Links that lead nowhere"),
        _("Every link to a page of ours works."),
        rows=_broken_links,
        prepare=link_index.broken_links,
        thing=_broken_link,
        every="links",
        content=lambda user: Link.objects.aggregate(newest=Max("pk"))["newest"],  # those of a text are written anew with it
    ),
    WaitingList(
        "links.view_outsideaddress",
        _("Links elsewhere that broke"),
        _("No outside address was found broken."),
        rows=lambda user: OutsideAddress.objects.reported().order_by("failing_since"),
        thing=_outside_address,
        every="links_outsideaddress_changelist?state=reported",
        remembers="that it is empty",
    ),
    WaitingList(
        "search.view_miss",
        _("Searched for, not found"),
        _("Every search found something."),
        rows=lambda user: Miss.objects.filter(is_code=False).order_by("-count", "-last_on"),
        thing=_miss,
        every="search_miss_changelist?is_code__exact=0",
        remembers="that it is empty",
    ),
    WaitingList(
        "search.view_miss",
        _("Codes that records asked for, with no page"),
        _("Every code that a record asked for has its page."),
        rows=lambda user: Miss.objects.filter(is_code=True).order_by("-count", "-last_on"),
        thing=_miss,
        every="search_miss_changelist?is_code__exact=1",
        remembers="that it is empty",
    ),
]
