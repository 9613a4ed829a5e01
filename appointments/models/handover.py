"""What is given to the hospital's own systems: to which, which version of a request, and what they answered."""

from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.models.request import Request
from directory.models import Department
from foundation.privacy.fields import SealedField, SealedModel, classify
from foundation.prose.fields import Line, Paragraphs

CALLS = [MinValueValidator(10), MaxValueValidator(30_000)]


def check_networks(text: str) -> None:
    """Raises ValidationError unless each line is an address or a network in CIDR form."""
    for line in text.split():
        try:
            ip_network(line)
        except ValueError as fault:
            words = _("“%(line)s” is no network. Write one a line, like 192.0.2.0/24 or 2001:db8::/32.")
            raise ValidationError(words, "network", {"line": line}) from fault


class ReceivingSystemQuerySet(models.QuerySet["ReceivingSystem"]):
    def active(self) -> Self:
        return self.exclude(token_hash=None)

    def concerned_by(self, request: Request) -> Self:
        """Those that may have the request, and those that were given it before it went to another department."""
        given = HandOver.objects.filter(request=request, system=OuterRef("pk"))
        return self.active().filter(Q(Exists(given)) | Q(departments=request.department_id)).distinct()


class ReceivingSystem(models.Model):
    """A system of the hospital that takes requests over, such as its scheduling desk or an interface engine."""

    name = Line(_("name"), max_length=100, unique=True)
    departments = models.ManyToManyField(
        Department,
        related_name="receiving_systems",
        verbose_name=_("departments"),
        help_text=_("It gets the requests of these departments, with everything that the family told us."),
    )
    networks = Paragraphs(
        _("addresses"),
        validators=[check_networks],
        help_text=_("From where it may ask: one network a line, like 192.0.2.0/24. From elsewhere its token opens nothing."),
    )
    calls_an_hour = models.PositiveIntegerField(
        _("most calls an hour"), default=1000, validators=CALLS, help_text=_("Above, it is asked to wait.")
    )
    token_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # NULL: it has no token, or no longer
    asked_at = models.DateTimeField(_("asked last"), null=True, editable=False)

    columns = classify(plain="id name networks calls_an_hour token_hash asked_at")

    objects = ReceivingSystemQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("receiving system")
        verbose_name_plural = _("receiving systems")

    def __str__(self) -> str:
        return self.name

    def may_ask_from(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)  # as a server that listens on both kinds of address sees 192.0.2.1
        return any((mapped or found) in ip_network(line) for line in self.networks.split())

    def serves(self, request: Request) -> bool:
        return self.departments.filter(pk=request.department_id).exists()


class HandOverQuerySet(models.QuerySet["HandOver"]):
    def current(self) -> Self:
        """The newest of each request and system; what came before is overtaken, answered or not."""
        newer = HandOver.objects.filter(
            request=OuterRef("request"), system=OuterRef("system"), version__gt=OuterRef("version")
        )
        return self.exclude(Exists(newer))

    def ready_for(self, system: ReceivingSystem, now: datetime) -> Self:
        """Those to be given out: waiting, and not with the system already."""
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.current().filter(free, system=system, status=HandOver.Status.WAITING).order_by("pk")

    def unanswered(self, now: datetime | None = None) -> Self:
        """What staff have to look after: refused, or not taken within one business hour."""
        late = Q(status=HandOver.Status.WAITING, late_at__lte=now or timezone.now())
        return self.current().filter(late | Q(status=HandOver.Status.REFUSED), system__in=ReceivingSystem.objects.active())


class HandOver(SealedModel):
    """One version of a request for one system. The same version is always the same document."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits to be taken")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="hand_overs")
    system = models.ForeignKey(
        ReceivingSystem, on_delete=models.PROTECT, related_name="hand_overs", verbose_name=_("receiving system")
    )
    version = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    late_at = models.DateTimeField()  # one business hour on: from then on staff see that nobody took it
    leased_until = models.DateTimeField(null=True)  # the system has it and has not answered yet
    answered_at = models.DateTimeField(_("answered"), null=True)
    number = SealedField(_("their number"), default="", blank=True)
    reason = SealedField(_("why it was refused"), default="", blank=True)

    columns = classify(
        plain="id seal_id seal_version request system version status created_at late_at leased_until answered_at",
        personal="number reason",
    )

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["status", "late_at"], name="appointments_to_hand_over")]
        constraints = [
            models.UniqueConstraint(fields=["request", "system", "version"], name="appointments_one_hand_over_a_version"),
            models.CheckConstraint(
                condition=Q(status="waiting", answered_at=None) | ~Q(status="waiting") & Q(answered_at__isnull=False),
                name="appointments_answered_hand_over_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request}.{self.version}"
