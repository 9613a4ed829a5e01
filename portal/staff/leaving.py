"""A colleague leaves: what they worked on goes to others, every door that was theirs is closed, and their name stays in the record."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.audit.actions import record
from foundation.audit.values import Change, compare, stored_values
from foundation.duties import ACCESSES, DUTIES, Access, Duty
from foundation.workflow import Refused, check_permission
from portal.staff.models import Invitation
from portal.staff.rights import tell, why_not_touch
from portal.staff.sign_in import end_sessions


@transaction.atomic
def leave(*, user: User, by: User, takers: dict[str, User]) -> None:
    """All of it or nothing. `takers` says by the name of a duty who goes on with it; of what nobody takes, nothing changes.

    The account stays, closed, with its roles: whoever opens it again gives them anew, and is seen to do so.
    """
    check_permission(by, "auth.change_user")
    if fault := why_not_leave(by, user):
        raise Refused(fault)
    for duty in DUTIES:
        if duty.name in takers:
            duty.hand_on(user=user, to=takers[duty.name], by=by)
    ended = [
        Change(field=str(access.label), old=str(count), new="")
        for access in ACCESSES
        if (count := access.end(user=user, by=by))
    ]
    _close(user, by=by, ended=ended)


def why_not_leave(by: User, user: User) -> str:
    if user == by:
        return str(_("Another administrator records that you leave."))
    return why_not_touch(by, user)


def left_with(user: User) -> list[Duty]:
    """Of what there is something to hand on."""
    return [duty for duty in DUTIES if duty.rows(user).exists()]


def _close(user: User, *, by: User, ended: list[Change]) -> None:
    end_sessions(user, by=by)
    Authenticator.objects.filter(user=user).delete()
    before = stored_values(User, user.pk)
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    changes = [*compare(User, before, stored_values(User, user.pk)), *ended]
    tell(by=by, verb="recorded the leaving of", obj=user, changes=changes)


def _end_invitations(*, user: User, by: User) -> int:
    """Those they sent, and their own."""
    rows = [*user.sent_invitations.unused(), *user.invitations.unused()]
    for invitation in rows:
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
        record(by=by, verb="took back", obj=invitation)
    return len(rows)


INVITATIONS = Access(_("invitations"), _end_invitations)
