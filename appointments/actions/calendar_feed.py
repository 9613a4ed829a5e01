"""The secret address at which a calendar program reads a clinician's visits."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from appointments.models import CalendarFeed
from directory.models import Clinician
from foundation.audit.actions import record
from foundation.privacy import tokens


@transaction.atomic
def make_feed(*, clinician: Clinician, by: User) -> str:
    """The secret of a new address, told this once; an address from before opens nothing any more."""
    _check_own(clinician, by)
    secret, token_hash = tokens.new()
    CalendarFeed.objects.filter(clinician=clinician).delete()
    feed = CalendarFeed.objects.create(clinician=clinician, token_hash=token_hash)
    record(by=by, verb="made a calendar address of", obj=feed)
    return secret


@transaction.atomic
def end_feed(*, clinician: Clinician, by: User) -> None:
    _check_own(clinician, by)
    take_back(clinician=clinician, by=by)


def take_back(*, clinician: Clinician, by: User) -> int:
    """Also of a colleague who left."""
    feeds = list(CalendarFeed.objects.filter(clinician=clinician))
    for feed in feeds:
        record(by=by, verb="took back the calendar address of", obj=feed)
        feed.delete()
    return len(feeds)


def _check_own(clinician: Clinician, by: User) -> None:
    if clinician.user_id != by.pk:
        raise PermissionDenied
