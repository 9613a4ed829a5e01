"""What is taken away for good, of every room, and how it is taken away again from a database that was restored.

Each is found by the verb with which the audit record names it (`foundation/audit/erasures.py`). What is deleted in the admin
needs no line here.
"""

from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils import timezone

from appointments.actions.privacy import LIFTED, PLACED, erase_again, hold_again
from appointments.models import CalendarFeed, ReceivingSystem, Request
from conditions.models import Edition
from foundation.adminkit.erasing import erase_history
from foundation.audit.erasures import Entry, register
from foundation.pages.models import Publishable
from foundation.pictures import library
from foundation.pictures.models import LibraryPicture
from foundation.privacy import tokens
from guides.models import Guide
from news.models import NewsItem
from portal.staff.invitations import has_factor
from portal.staff.models import Invitation
from stories.actions import erase as erase_story
from stories.models import Authorization, Story

BY = "restore"
WHY = "Done again after a restore; the reason given then is in no backup."


def _day(entry: Entry) -> date:
    return timezone.localdate(datetime.fromisoformat(entry.at))


def _erase(row: Request, entry: Entry) -> None:
    erase_again(row, by=BY, reason=entry.detail["reason"])


def _place_hold(row: Request, entry: Entry) -> None:
    hold_again(row, reason=WHY, until=date.fromisoformat(entry.detail["until"]))


def _lift_hold(row: Request, entry: Entry) -> None:
    row.holds.standing().update(lifted_at=timezone.now())


def _end_link(row: Request, entry: Entry) -> None:
    """The one made then is in no backup either; staff make a new one when the family calls."""
    row.link, row.link_hash = tokens.new()
    row.save(update_fields=["link", "link_hash"])


def _revoke(paper: Authorization, entry: Entry) -> None:
    day = max(_day(entry), paper.signed_on)
    if paper.revoked_on is None or paper.revoked_on > day:
        Authorization.objects.filter(pk=paper.pk).update(revoked_on=day, revoked_reason=WHY)


def _unpublish(row: Publishable, entry: Entry) -> None:
    if row.is_published:
        row.unpublish()


def _withdraw(row: Edition, entry: Entry) -> None:
    live = Edition.objects.filter(pk=row.pk, status=Edition.Status.APPROVED)
    if live.update(status=Edition.Status.WITHDRAWN, withdrawn_at=datetime.fromisoformat(entry.at), withdrawn_reason=WHY):
        row.condition.store_search_entries()


def _end_preview_link(edition: Edition, entry: Entry) -> None:
    edition.preview_links.filter(pk=entry.detail["link"], revoked_at=None).update(revoked_at=timezone.now())


def _take_back(picture: LibraryPicture, entry: Entry) -> None:
    shown = LibraryPicture.objects.filter(pk=picture.pk, withdrawn_on=None)
    shown.update(withdrawn_on=_day(entry), withdrawn_reason=WHY)


def _erase_picture(picture: LibraryPicture, entry: Entry) -> None:
    _take_back(picture, entry)
    picture.refresh_from_db()
    library.erase(picture=picture, reason=entry.detail["reason"], by=BY)


def _erase_story(story: Story, entry: Entry) -> None:
    _unpublish(story, entry)
    erase_story(story=story, reason=entry.detail["reason"], by=BY)


def _erase_history(row: Any, entry: Entry) -> None:
    erase_history(obj=row, reason=entry.detail["reason"], by=BY)


def _close_account(user: User, entry: Entry) -> None:
    user.is_active = False
    _forget_sign_in(user, entry)


def _forget_sign_in(user: User, entry: Entry) -> None:
    """What was lost or stolen opens nothing; what was set up instead is in no backup. A new link brings the person in."""
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])


def _take_away_factors(user: User, entry: Entry) -> None:
    """All of that type: which one it was is not on the list. Never is a password left alone, with which to set up another."""
    Authenticator.objects.filter(user=user, type=entry.detail["type"]).delete()
    if not has_factor(user):
        _forget_sign_in(user, entry)


def _end_invitation(invitation: Invitation, entry: Entry) -> None:
    Invitation.objects.filter(pk=invitation.pk, used_at=None).update(revoked_at=timezone.now())


def _end_token(system: ReceivingSystem, entry: Entry) -> None:
    ReceivingSystem.objects.filter(pk=system.pk).update(token_hash=None)


def _delete(row: Any, entry: Entry) -> None:
    row.delete()


register(Request, "erased", _erase)
register(Request, PLACED, _place_hold)
register(Request, LIFTED, _lift_hold)
register(Request, "renewed the link of", _end_link)
register(CalendarFeed, "took back the calendar address of", _delete)
register(ReceivingSystem, "revoked the token of", _end_token)
register(ReceivingSystem, "made a token for", _end_token)
register(Authorization, "revoked", _revoke)
register(Story, "unpublished", _unpublish)
register(NewsItem, "unpublished", _unpublish)
register(Guide, "unpublished", _unpublish)
register(Edition, "withdrew", _withdraw)
register(Edition, "revoked", _end_preview_link)
register(LibraryPicture, "took back", _take_back)
register(LibraryPicture, "erased", _erase_picture)
register(Story, "erased", _erase_story)
register(Story, "erased the history of", _erase_history)
register(NewsItem, "erased the history of", _erase_history)
register(User, "recorded the leaving of", _close_account)
register(User, "took away second factors of", _forget_sign_in)
register(User, "let set a new password for", _forget_sign_in)
register(User, "took away a second factor", _take_away_factors)
register(Invitation, "took back", _end_invitation)
