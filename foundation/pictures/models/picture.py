"""The picture library: what is known of each stored picture beside its pixels."""

from datetime import date, timedelta
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from foundation.pictures import images
from foundation.prose.days import DayField
from foundation.prose.fields import Line
from foundation.upkeep.models import LookedAfter, owner_field


class LibraryPictureQuerySet(models.QuerySet["LibraryPicture"]):
    """Questions to pictures. Days are the site's calendar."""

    def gone(self, today: date | None = None) -> Self:
        """Those that no visitor may see: taken back, or the consent of a person shown has ended."""
        return self.filter(_is_gone(today))

    def usable(self) -> Self:
        return self.exclude(_is_gone())

    def erased(self) -> Self:
        return self.filter(width=0)

    def with_gone(self) -> Self:
        return self.annotate(gone=ExpressionWrapper(_is_gone(), BooleanField()))

    def ending_within(self, days: int) -> Self:
        """Those of people whose consent ends within `days` days, or has ended, and that nobody took back or replaced."""
        last = timezone.localdate() + timedelta(days=days)
        return self.filter(shows_person=True, consent_until__lte=last, withdrawn_on=None, replaced_by=None)

    def holding(self, digest: str) -> Self:
        """Those of which the picture or a crop has a name that starts with `digest`."""
        return self.filter(Q(name__startswith=digest) | Q(card__startswith=digest) | Q(wide__startswith=digest))


def _is_gone(today: date | None = None) -> Q:
    today = today or timezone.localdate()
    return Q(withdrawn_on__lte=today) | Q(shows_person=True, consent_until__lt=today)


class LibraryPicture(LookedAfter):
    """One picture, found by the `name` of its largest stored size, which is what `Pictured.picture` holds.

    `focus_x` and `focus_y` are percent from the start and the top edge: what every crop keeps in sight. `card` (3:2) and
    `wide` (16:9) name the crops made from them.
    """

    audit_values = (
        *("alt", "caption", "credit", "shows_person", "consent_until", "focus_x", "focus_y"),
        *("owner", "look_again_on", "tags"),
    )

    name = models.CharField(max_length=100, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    alt = Line(
        _("what the picture tells"), max_length=300, help_text=_("For people who cannot see it. Copied to each new use.")
    )
    caption = Line(_("caption"), max_length=300, blank=True)
    credit = Line(_("credit"), max_length=200, blank=True, help_text=_("Who made it, and by what right we show it."))
    shows_person = models.BooleanField(_("a person can be recognised"), default=False)
    consent_paper = Line(_("where the signed consent is kept"), max_length=200, blank=True)
    consent_until = DayField(_("consent ends"), null=True, blank=True)
    focus_x = models.PositiveSmallIntegerField(_("focus: across (%)"), default=50, validators=[MaxValueValidator(100)])
    focus_y = models.PositiveSmallIntegerField(_("focus: down (%)"), default=50, validators=[MaxValueValidator(100)])
    card = models.CharField(max_length=100, blank=True, editable=False)
    wide = models.CharField(max_length=100, blank=True, editable=False)
    owner = owner_field("owned_pictures")
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    withdrawn_on = models.DateField(_("taken back"), null=True, editable=False)
    withdrawn_reason = Line(_("why"), max_length=300, blank=True, editable=False)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, editable=False, related_name="replaces")

    objects = LibraryPictureQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        permissions = [("erase_librarypicture", "Can erase a picture for good")]
        constraints = [
            models.CheckConstraint(
                condition=Q(shows_person=False) | ~Q(consent_paper="") & Q(consent_until__isnull=False),
                name="pictures_person_has_consent",
                violation_error_message=_("Where a person can be recognised, say where the consent is kept and when it ends."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_reason="") | Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason=""),
                name="pictures_taken_back_says_why",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.alt).chars(60) or self.name[:12]

    def clean(self) -> None:
        needed = {
            "consent_paper": _("Say where the signed consent of the person shown is kept."),
            "consent_until": _("Say when the consent of the person shown ends."),
        }
        if self.shows_person:
            missing = {name: message for name, message in needed.items() if not getattr(self, name)}
            if missing:
                raise ValidationError(missing)

    def save(self, *args: Any, **kwargs: Any) -> None:
        focus = self.focus_x, self.focus_y
        self.card, self.wide = (images.crop(self.name, shape, focus) for shape in (images.CARD, images.WIDE))
        super().save(*args, **kwargs)

    def files(self) -> list[tuple[str, tuple[int, ...]]]:
        """(name of the largest size, widths) of the picture and of its crops."""
        crops = [(self.card, images.CARD[1]), (self.wide, images.WIDE[1])]
        return [(self.name, images.WIDTHS), *(crop for crop in crops if crop[0])]

    def card_srcset(self) -> list[tuple[str, int]]:
        return images.srcset(self.card, images.CARD[1]) if self.card else images.srcset(self.name)
