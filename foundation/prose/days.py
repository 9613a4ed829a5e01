"""Days and moments as people type them, within the years that a calendar, a mail and a page can hold in every time zone."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.prose.typed import code

FIRST, LAST = 1900, 2199  # years


def check_year(day: date) -> None:
    """Raises ValidationError for a day or a moment in a year that can only be a slip."""
    if not FIRST <= day.year <= LAST:
        raise ValidationError(_("Choose a year between %(first)s and %(last)s."), "year", {"first": FIRST, "last": LAST})


class Day(forms.DateField):
    """A box for a day."""

    default_validators = [check_year]

    def to_python(self, value: Any) -> date | None:
        return super().to_python(code(value) if isinstance(value, str) else value)


class Moment(forms.DateTimeField):
    """A box for a day and a time."""

    default_validators = [check_year]

    def to_python(self, value: Any) -> Any:
        return super().to_python(code(value) if isinstance(value, str) else value)


class DayField(models.DateField):
    """A column for a day that somebody types."""

    default_validators = [check_year]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": Day, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", args, kwargs


class MomentField(models.DateTimeField):
    """A column for a moment that somebody types."""

    default_validators = [check_year]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": Moment, **kwargs})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs
