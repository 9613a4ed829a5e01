from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from foundation.pictures import images
from foundation.prose.days import DayField
from foundation.prose.fields import Line
from foundation.upkeep.models import LookedAfter, owner_field


class LibraryPictureQuerySet(models.QuerySet["LibraryPicture"]):
    """Questions to pictures. Days are the site's calendar."""

    def gone(self) -> Self:
        """Those that no visitor may see: taken back, or the consent of a person shown has ended."""
        return self.filter(_is_gone())

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


def _is_gone() -> Q:
    today = timezone.localdate()
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


@dataclass(frozen=True)
class Use:
    """A place that has a picture: what staff open to change it, what it is called, and whether visitors see it, in words."""

    page: models.Model
    words: str
    state: str


class PicturedManager(models.Manager[Any]):
    def with_pictures(self) -> Any:
        """Every row with what the library says of its picture, so that a page that shows them asks nothing more."""
        own = LibraryPicture.objects.filter(name=OuterRef("picture"))
        card, wide = Subquery(own.values("card")), Subquery(own.values("wide"))
        return self.get_queryset().annotate(picture_gone=Exists(own.gone()), card=card, wide=wide)


class Pictured(models.Model):
    """May show one picture. `picture` names the largest stored size (see `images.store`); the library has a row of it."""

    picture = models.CharField(_("picture"), max_length=100, blank=True, editable=False)
    picture_width = models.PositiveIntegerField(default=0, editable=False)
    picture_height = models.PositiveIntegerField(default=0, editable=False)
    picture_alt = Line(
        _("what the picture tells"),
        max_length=300,
        blank=True,
        help_text=_("For people who cannot see it. Say what it tells, not “picture of”."),
    )
    picture_caption = Line(_("caption"), max_length=300, blank=True)

    objects: ClassVar[PicturedManager] = PicturedManager()

    class Meta:
        abstract = True

    @staticmethod
    def alt_needed(name: str) -> models.CheckConstraint:
        """The constraint, named `name`, that no picture is without words for those who cannot see it."""
        return models.CheckConstraint(
            condition=Q(picture="") | ~Q(picture_alt=""),
            name=name,
            violation_error_message=_("Say what the picture tells someone who cannot see it."),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        for name in ("picture_gone", "card", "wide"):
            self.__dict__.pop(name, None)
        if self.picture:
            self.add_to_library()

    def add_to_library(self) -> None:
        """With the words it has here, unless the library knows it."""
        size = {"width": self.picture_width, "height": self.picture_height}
        own = size | {"alt": self.picture_alt, "caption": self.picture_caption}
        LibraryPicture.objects.get_or_create(name=self.picture, defaults=own)

    def point_at(self, picture: LibraryPicture) -> None:
        self.picture, self.picture_width, self.picture_height = picture.name, picture.width, picture.height
        self.picture_alt, self.picture_caption = picture.alt, picture.caption

    # What the library says: asked here only where the row was not fetched `with_pictures`.

    @cached_property
    def picture_gone(self) -> bool:
        return LibraryPicture.objects.gone().filter(name=self.picture).exists()

    @cached_property
    def card(self) -> str:
        return LibraryPicture.objects.filter(name=self.picture).values_list("card", flat=True).first() or ""

    @cached_property
    def wide(self) -> str:
        return LibraryPicture.objects.filter(name=self.picture).values_list("wide", flat=True).first() or ""

    @property
    def shows_picture(self) -> bool:
        return bool(self.picture) and not self.picture_gone

    @property
    def is_tall(self) -> bool:
        return self.picture_height > self.picture_width

    def picture_srcset(self) -> list[tuple[str, int]]:
        """(file name, width) of each size of the whole picture, smallest first."""
        return images.srcset(self.picture)

    def card_srcset(self) -> list[tuple[str, int]]:
        """The same of the crop for lists; of the whole picture where there is none."""
        return images.srcset(self.card, images.CARD[1]) if self.card else self.picture_srcset()

    def wide_srcset(self) -> list[tuple[str, int]]:
        """The same of the crop for the top of a page; empty where there is none."""
        return images.srcset(self.wide, images.WIDE[1]) if self.wide else []

    @classmethod
    def public_rows(cls) -> models.QuerySet[Self]:
        raise TypeError(f"{cls.__name__} does not say when its picture is public")

    @classmethod
    def picture_uses(cls, name: str) -> list[Use]:
        """Where the picture `name` stands, in a fixed number of queries."""
        live = Exists(cls.public_rows().filter(pk=OuterRef("pk")))
        states = {True: str(_("visitors see it")), False: str(_("visitors do not see it"))}
        found: Any = cls.objects.filter(picture=name).annotate(live=live)
        return [Use(row, str(row), states[row.live]) for row in found]
