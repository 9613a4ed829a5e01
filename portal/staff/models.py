"""Links by which a colleague sets a password and a second factor."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from directory.models import Clinician, Department
from foundation.prose.fields import Email, Line

LIFETIME = timedelta(days=3)
KEPT = timedelta(days=90)  # after it ended; the audit record says for good what was given to whom


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unused(self) -> Self:
        return self.filter(used_at=None, revoked_at=None)

    def working(self) -> Self:
        return self.unused().filter(expires_at__gt=timezone.now())

    def forgotten(self) -> Self:
        return self.filter(expires_at__lt=timezone.now() - KEPT)


class Invitation(models.Model):
    """A link that works once and for three days.

    It makes the account of a new colleague, with the rights that it names; or, with `account`, it sets password and factor
    anew for somebody who lost them. The secret is made of `nonce` with the site's key (`foundation.privacy.tokens`), since the mail is written when it leaves;
    kept is its hash.
    """

    audit_values = ("role", "departments", "clinician")

    name = Line(gettext_lazy("name"), max_length=150)
    email = Email(gettext_lazy("email address"), blank=True)
    role = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=gettext_lazy("role"))
    departments = models.ManyToManyField(Department, related_name="+", blank=True, verbose_name=gettext_lazy("departments"))
    clinician = models.ForeignKey(
        Clinician, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("clinician")
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="invitations",
        verbose_name=gettext_lazy("account"),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sent_invitations",
        verbose_name=gettext_lazy("sent by"),
        help_text=gettext_lazy("Empty: a command of who runs this site."),
    )
    made_at = models.DateTimeField(gettext_lazy("sent"), default=timezone.now)
    expires_at = models.DateTimeField(gettext_lazy("works until"))
    used_at = models.DateTimeField(gettext_lazy("taken up"), null=True)
    revoked_at = models.DateTimeField(gettext_lazy("taken back"), null=True)
    nonce = models.CharField(max_length=43)
    token_hash = models.CharField(max_length=64, unique=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "change")
        verbose_name = gettext_lazy("invitation")
        verbose_name_plural = gettext_lazy("invitations")
        constraints = [
            models.CheckConstraint(condition=Q(used_at=None) | Q(revoked_at=None), name="staff_invitation_ends_once"),
            models.UniqueConstraint(
                Lower("email"), condition=Q(used_at=None, revoked_at=None) & ~Q(email=""), name="staff_invitation_one_unused"
            ),
        ]

    def __str__(self) -> str:
        """Without the name: it stands in the audit record for good."""
        what = self.account or self.role or gettext_lazy("no role")
        return _("invitation %(number)s (%(what)s)") % {"number": self.pk, "what": what}

    @property
    def is_working(self) -> bool:
        return not self.used_at and not self.revoked_at and self.expires_at > timezone.now()

    @property
    def state(self) -> str:
        if self.used_at:
            return _("taken up")
        if self.revoked_at:
            return _("taken back")
        return _("waits to be taken up") if self.is_working else _("ran out")
