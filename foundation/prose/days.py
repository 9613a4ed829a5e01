"""Days and moments as people type them, within the years that a calendar, a mail and a page can hold in every time zone."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.prose.boxes import CodeBox
from foundation.prose.fields import PlainColumn

FIRST, LAST = 1900, 2199  # years


def check_year(day: date) -> None:
    """Raises ValidationError for a day or a moment in a year that can only be a slip."""
    if not FIRST <= day.year <= LAST:
        raise ValidationError(_("Choose a year between %(first)s and %(last)s."), "year", {"first": FIRST, "last": LAST})


class Day(CodeBox, forms.DateField):
    default_validators = [check_year]


class Moment(CodeBox, forms.DateTimeField):
    default_validators = [check_year]


class DayField(PlainColumn, models.DateField):
    default_validators = [check_year]
    box = Day


class MomentField(PlainColumn, models.DateTimeField):
    default_validators = [check_year]
    box = Moment
