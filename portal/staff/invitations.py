"""Bringing a colleague in: the link is sent, sent again, taken back, and taken up once."""

import re
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from directory.models import Clinician, Department
from foundation.audit.actions import record
from foundation.audit.values import Change, compare, stored_values
from foundation.outbox.actions import post
from foundation.outbox.models import Message
from foundation.outbox.smtp import mail_goes_out
from foundation.privacy import tokens
from foundation.prose.addresses import sendable
from foundation.workflow import Refused, Who, check_permission
from portal.staff.models import LIFETIME, Invitation
from portal.staff.rights import WATCHES, tell, why_not_give, why_not_touch
from portal.staff.second_factors import FACTORS
from portal.staff.sign_in import end_sessions

KIND = "invitation"


def mail_reaches(address: str) -> bool:
    """Whether the link goes by mail; otherwise it is shown once, to be handed over."""
    return bool(sendable(address)) and mail_goes_out()


@transaction.atomic
def invite(
    *, by: User, name: str, email: str, role: Group, departments: Iterable[Department] = (), clinician: Clinician | None = None
) -> Invitation:
    """Gives no right yet; who watches over rights is told now, and when it is taken up."""
    check_permission(by, "auth.add_user")
    _refuse_known(email)
    departments = list(departments)
    if fault := why_not_give(by, role=role, departments=departments, clinician=clinician):
        raise Refused(fault)
    Invitation.objects.forgotten().delete()
    invitation = Invitation(made_by=by, name=name, email=email, role=role, clinician=clinician)
    return _send(invitation, by=by, verb="sent", departments=departments)


@transaction.atomic
def renew(*, account: User, by: Who, factors: Iterable[Authenticator] = (), reason: str = "") -> Invitation | None:
    """Takes away `factors` that are lost, signs the person out, and sends a link to set both anew, unless another one is left.

    Without `factors` it is the password that is lost: the link sets that, and what factors there are stay.
    """
    if isinstance(by, User) and (fault := why_not_renew(by, account)):
        raise Refused(fault)
    lost = list(factors)
    _take_away(account, lost)
    end_sessions(account, by=by)
    words = {_("reason"): reason, _("second factors"): ", ".join(str(each.get_type_display()) for each in lost)}
    changes = [Change(field=field, old="", new=new) for field, new in words.items() if new]
    tell(by=by, verb="took away second factors of" if lost else "let set a new password for", obj=account, changes=changes)
    if lost and has_factor(account):
        return None
    account.invitations.unused().update(revoked_at=timezone.now())
    name = account.get_full_name() or account.get_username()
    made_by = by if isinstance(by, User) else None
    return _send(Invitation(made_by=made_by, name=name, email=account.email, account=account), by=by, verb="sent")


def has_factor(account: User) -> bool:
    return Authenticator.objects.filter(user=account.pk, type__in=FACTORS).exists()


def _take_away(account: User, factors: list[Authenticator]) -> None:
    """Recovery codes go with the last factor."""
    Authenticator.objects.filter(user=account, pk__in=[each.pk for each in factors]).delete()
    if not has_factor(account):
        Authenticator.objects.filter(user=account).delete()


def why_not_renew(by: User, account: User) -> str:
    if account == by:
        return _(
            "What you lost yourself, another administrator takes away. What you have, you change under “Sign-in and security”."
        )
    if not account.is_active:
        return _("This account is closed: a link would open nothing. Open it again first.")
    fault = why_not_touch(by, account)
    if not fault and account.has_perm(WATCHES) and not by.is_superuser and not mail_reaches(account.email):
        return _("No mail reaches this person, who is told of every change of rights: only a superuser hands them a link.")
    return fault


@transaction.atomic
def send_again(*, invitation: Invitation, by: User) -> Invitation:
    """A new link; the one from before opens nothing any more."""
    _check_open(invitation)
    fault = (
        why_not_renew(by, invitation.account)
        if invitation.account
        else why_not_give(by, role=invitation.role, departments=invitation.departments.all(), clinician=invitation.clinician)
    )
    if fault:
        raise Refused(fault)
    invitation.made_by = by
    return _send(invitation, by=by, verb="sent again")


@transaction.atomic
def take_back(*, invitation: Invitation, by: User) -> None:
    _check_open(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
    tell(by=by, verb="took back", obj=invitation)


def secret_of(invitation: Invitation) -> str:
    return _secret(invitation.nonce)[0]


def address_of(invitation: Invitation) -> str:
    return str(settings.LINK_BASE + reverse("invitation", args=[secret_of(invitation)]))


def find(secret: str) -> Invitation | None:
    """The invitation of a link that may be taken up now, or was taken up; None for every other."""
    rows = Invitation.objects.select_related("account", "made_by", "role").filter(token_hash=tokens.hashed(secret))
    return next((row for row in rows if _somebody_answers_for(row) and (row.is_working or row.used_at)), None)


def _somebody_answers_for(invitation: Invitation) -> bool:
    """Who sent it may still do so, and the account that it is for is open."""
    sender, account = invitation.made_by, invitation.account
    if account and not account.is_active:
        return False
    return sender is None or sender.has_perm("auth.change_user" if account else "auth.add_user")


def new_account(invitation: Invitation) -> User:
    """As it will be made: not stored yet."""
    first, _space, last = invitation.name.partition(" ")
    return User(
        username=_free_username(invitation.email), email=invitation.email, first_name=first, last_name=last, is_staff=True
    )


@transaction.atomic
def take_up(*, invitation: Invitation, account: User, password: str, secret: str) -> User:
    """Of two presses one wins. `account` is that of the invitation, or a new one; `secret` is of the app that was set up, or ""."""
    if not Invitation.objects.working().filter(pk=invitation.pk).update(used_at=timezone.now()):
        raise Refused(_("This link was used already."))
    account.set_password(password)
    account.save()
    is_new = invitation.account is None
    if is_new:
        _give_rights(invitation, account)
        Invitation.objects.filter(pk=invitation.pk).update(account=account)
    if secret:
        TOTP.activate(account, secret)
        RecoveryCodes.activate(account)
        record(by=account, verb="set up a second factor", obj=account, type=Authenticator.Type.TOTP.value)
    changes = compare(User, {}, stored_values(User, account.pk)) if is_new else []
    verb = "took up the invitation for" if is_new else "set a new password by a link for"
    tell(by=account, verb=verb, obj=account, changes=changes)
    return account


def compose(message: Message) -> EmailMessage | None:
    """With the link of this moment; None once it was used, taken back or ran out."""
    invitation = Invitation.objects.working().select_related("account", "made_by").filter(pk=message.object_id).first()
    to = sendable(invitation.email) if invitation else ""
    if invitation is None or not to or tokens.hashed(secret_of(invitation)) != invitation.token_hash:
        return None
    city = settings.TIME_ZONE.rpartition("/")[2].replace("_", " ")
    facts = {"invitation": invitation, "address": address_of(invitation), "site_name": settings.SITE_NAME, "city": city}
    text = render_to_string("admin/invitation.txt", facts, using="text").strip() + "\n"
    subject = _("Your sign-in for %(site)s") if invitation.account else _("Your invitation to %(site)s")
    return EmailMessage(subject % {"site": settings.SITE_NAME}, text, to=[to], headers={"Auto-Submitted": "auto-generated"})


def _send(invitation: Invitation, *, by: Who, verb: str, departments: Iterable[Department] = ()) -> Invitation:
    """Stores it with a new secret, and posts the mails."""
    invitation.nonce = get_random_string(43)
    invitation.token_hash = _secret(invitation.nonce)[1]
    invitation.made_at = timezone.now()
    invitation.expires_at = invitation.made_at + LIFETIME
    old = stored_values(Invitation, invitation.pk)
    invitation.save()
    if departments:
        invitation.departments.set(departments)
    changes = compare(Invitation, old, stored_values(Invitation, invitation.pk))
    tell(by=by, verb=verb, obj=invitation, changes=changes)
    if mail_reaches(invitation.email):
        post(kind=KIND, object_id=invitation.pk)
    return invitation


def _give_rights(invitation: Invitation, account: User) -> None:
    account.groups.set([invitation.role] if invitation.role else [])
    account.coordinated_departments.set(invitation.departments.all())
    if invitation.clinician:
        Clinician.objects.filter(pk=invitation.clinician.pk, user=None).update(user=account)


def _secret(nonce: str) -> tuple[str, str]:
    return tokens.made_from(f"invitation {nonce}")


def _refuse_known(email: str) -> None:
    known = User.objects.filter(email__iexact=email).first()
    if known:
        raise Refused(
            _("%(name)s has an account with this address. Open it in the list of people.") % {"name": known.get_username()}
        )
    if Invitation.objects.unused().filter(email__iexact=email).exists():
        raise Refused(_("Somebody was invited at this address already. Send that invitation again, or take it back."))


def _check_open(invitation: Invitation) -> None:
    if invitation.used_at or invitation.revoked_at:
        raise Refused(_("This invitation is no longer open: %(state)s.") % {"state": invitation.state})


def _free_username(email: str) -> str:
    """What stands before the sign of the address, with a number where somebody has it."""
    base = re.sub(r"[^\w.+-]", "", email.partition("@")[0].casefold())[:140] or "colleague"
    taken = {name.casefold() for name in User.objects.filter(username__istartswith=base).values_list("username", flat=True)}
    return next(name for name in [base, *(f"{base}{n}" for n in range(2, len(taken) + 3))] if name not in taken)
