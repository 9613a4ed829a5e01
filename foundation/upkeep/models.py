"""What staff note about pictures and conditions for themselves: when to look at them again, and tags. Visitors never see it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.prose.days import DayField
from foundation.prose.fields import Line


class Tag(models.Model):
    audit_values = ("*",)

    name = Line(_("tag"), max_length=40, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def named(cls, names: list[str]) -> "list[Tag]":
        """One for each name, made where there is none; “X-ray” and “x-ray” are one."""
        return [cls.objects.filter(name__iexact=name).first() or cls.objects.get_or_create(name=name)[0] for name in names]


class LookedAfter(models.Model):
    """Whoever has this has an `owner` too."""

    look_again_on = DayField(
        _("look at it again on"), null=True, blank=True, help_text=_("From that day it stands on the owner’s first page.")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("tags"))

    class Meta:
        abstract = True


def owner_field(related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name=related_name,
        verbose_name=_("owner"),
        help_text=_("The staff member who keeps it up to date."),
        limit_choices_to={"is_active": True, "is_staff": True},
    )


def to_look_at(user: Any) -> Q:
    """What this person has to look at again by now (the site's calendar): the own, and what is nobody's."""
    return Q(look_again_on__lte=timezone.localdate()) & (Q(owner=user) | Q(owner=None))
