"""Who may change whose rights: nobody their own, superusers alone those of superusers; and who is told of every change."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from directory.models import Clinician, Department
from foundation.adminkit.rights import KIND, Change, RightsForm
from foundation.audit.actions import record
from foundation.audit.models import Record
from foundation.audit.values import Change as AuditChange
from foundation.outbox.actions import post
from foundation.outbox.models import Message
from foundation.workflow import Who

OWN = gettext_lazy("Nobody changes their own rights. Ask another administrator.")
ACTIVE = gettext_lazy(
    "Without it nobody enters. For a colleague who leaves there is a button above: it hands on what they work on."
)
ROLE_BEYOND = gettext_lazy("You can give only roles whose rights you have yourself. Not: %(names)s.")
WATCHES = "appointments.erase_request"  # what makes a privacy officer


def why_not_touch(by: User, account: User) -> str:
    """The sentence that keeps `by` from changing `account` in any way, or ""."""
    if account.is_superuser and not by.is_superuser:
        return _("Only a superuser changes or deletes the account of a superuser, its password and its second factors.")
    return ""


def why_not_delete(by: User, account: User) -> str:
    """The same for deleting it."""
    if account.pk == by.pk:
        return _("Nobody deletes their own account. Ask another administrator.")
    if fault := why_not_touch(by, account):
        return fault
    if not by.is_superuser and account.has_perm(WATCHES):
        return _("This person is told of every change of rights. Take that right away first, so that they learn of it.")
    return ""


def roles_to_give(by: User) -> QuerySet[Group]:
    """Whoever keeps the roles gives any of them, to others; everybody else only those that hold no right they lack."""
    if by.has_perm("auth.change_group"):
        return Group.objects.all()
    own = Permission.objects.filter(Q(user=by) | Q(group__user=by))
    beyond = Group.objects.filter(permissions__in=Permission.objects.exclude(pk__in=own.values("pk")))
    return Group.objects.exclude(pk__in=beyond.values("pk"))


def why_not_give(by: User, *, role: Group | None, departments: Iterable[Department], clinician: Clinician | None) -> str:
    """The sentence that keeps `by` from giving a colleague these rights, or ""."""
    if role and not roles_to_give(by).filter(pk=role.pk).exists():
        return ROLE_BEYOND % {"names": role}
    if list(departments) and not by.has_perm("directory.name_coordinators"):
        return _("You cannot name coordinators of departments.")
    if clinician and not by.has_perm("directory.change_clinician"):
        return _("You cannot link an account to a clinician.")
    if clinician and clinician.user_id:
        return _("%(name)s has an account already.") % {"name": clinician}
    return ""


def watchers() -> set[int]:
    """Who is told of every change of rights, now."""
    return set(User.objects.with_perm(WATCHES, include_superusers=False).filter(is_staff=True).values_list("pk", flat=True))


class AccountForm(RightsForm):
    """An account as it stands, without its password: its owner sets that."""

    @classmethod
    def records(cls, obj: User) -> QuerySet[Record]:
        """Signing in, and whatever else its owner does, changes nothing that stands here."""
        return super().records(obj).exclude(~Q(verb="changed"), actor=obj.get_username())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user_permissions" in self.fields:
            self.fields["user_permissions"].queryset = Permission.objects.select_related("content_type")  # type: ignore[attr-defined]
        if "is_active" in self.fields:
            self.fields["is_active"].help_text = ACTIVE

    def clean(self) -> dict[str, Any] | None:
        account = User.objects.filter(pk=self.instance.pk).first()
        may_change = self.by == account or self.by.is_superuser
        if account and not may_change and "email" in self.changed_data and account.email and account.has_perm(WATCHES):
            sentence = _(
                "This person is told of every change of rights at this address. Only a superuser changes it, or they themselves."
            )
            self.add_error("email", forms.ValidationError(sentence, "rights"))
        return super().clean()

    def why_not(self, changed: dict[str, Change]) -> Iterator[tuple[str, Any]]:
        if self.instance.pk == self.by.pk:
            yield from ((name, OWN) for name in changed)
        elif "is_superuser" in changed and not self.by.is_superuser:
            yield "is_superuser", _("Only a superuser can make or unmake a superuser.")
        elif fault := why_not_touch(self.by, User.objects.filter(pk=self.instance.pk).first() or User()):
            yield next(iter(changed)), fault
        elif "groups" in changed and (fault := _roles_beyond(self.by, changed["groups"])):
            yield "groups", fault
        elif "user_permissions" in changed and (fault := _beyond(self.by, changed["user_permissions"])):
            yield "user_permissions", fault


class GroupForm(RightsForm):
    """A group: whoever is in one may not widen or narrow it, and nobody gives what they do not have."""

    def why_not(self, changed: dict[str, Change]) -> Iterator[tuple[str, Any]]:
        if self.by.is_superuser:
            return
        if self.instance.pk and self.by.groups.filter(pk=self.instance.pk).exists():
            yield (
                "permissions",
                _("You are in this group, and nobody changes their own rights. Ask somebody who is not in it."),
            )
        elif fault := _beyond(self.by, changed["permissions"]):
            yield "permissions", fault


def _roles_beyond(by: User, change: Change) -> str:
    before, after = change
    added = Group.objects.filter(pk__in=[pk for pk in after - before if pk.isdecimal()])
    names = "; ".join(str(group) for group in added.exclude(pk__in=roles_to_give(by).values("pk")))
    return ROLE_BEYOND % {"names": names} if names else ""


def _beyond(by: User, change: Change) -> str:
    """A sentence that names the permissions that were added and that `by` does not have."""
    if by.is_superuser:
        return ""
    before, after = change
    added = Permission.objects.filter(pk__in=[pk for pk in after - before if pk.isdecimal()]).select_related("content_type")
    own = by.get_all_permissions()
    names = "; ".join(str(row) for row in added if f"{row.content_type.app_label}.{row.codename}" not in own)
    return _("You can give only permissions that you have yourself. Not: %(names)s.") % {"names": names} if names else ""


@transaction.atomic
def tell(*, by: Who, verb: str, obj: Model, changes: Iterable[AuditChange] = ()) -> None:
    """Records what was done with the rights or the sign-in of somebody (`obj` is an account or an invitation), and mails it to whoever watches over rights."""
    post(kind=KIND, object_id=record(by=by, verb=verb, obj=obj, changes=changes).pk)


def compose(message: Message) -> EmailMessage | None:
    """To those who watch over rights, and to whose account it is: who changed what. Nothing secret, and no link that acts."""
    row = Record.objects.filter(pk=message.object_id).first()
    to = _readers(row, message.detail.get("told", [])) if row else []
    if row is None or not to:
        return None
    facts: dict[str, Any] = {
        "who": row.actor,
        "verb": row.verb,
        "label": row.label,
        "lines": row.lines,
        "record": settings.LINK_BASE + reverse("admin:audit_record_change", args=[row.pk]),
        "site_name": settings.SITE_NAME,
    }
    text = render_to_string("admin/rights.txt", facts, using="text").strip() + "\n"
    subject = _("Rights changed: %(label)s") % {"label": row.label}
    return EmailMessage(subject, text, to=to)


def _readers(row: Record, before: list[int]) -> list[str]:
    """Privacy officers, else superusers; whoever was one `before`; and the person, so that it cannot be kept from an officer."""
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
    officers = staff.filter(pk__in=watchers())
    watching = officers if officers.exists() else staff.filter(is_superuser=True)
    own = [row.object_id] if row.kind == "auth.user" else []
    others = User.objects.filter(pk__in=[*own, *before]).exclude(email="")
    return sorted({*watching.values_list("email", flat=True), *others.values_list("email", flat=True)})
