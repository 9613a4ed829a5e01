from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from foundation.pictures import images
from foundation.pictures.models.picture import LibraryPicture
from foundation.prose.fields import Line


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
