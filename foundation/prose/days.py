"""Days and moments as people type them, within the years that a calendar, a mail and a page can hold in every time zone."""

from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.prose.fields import PlainColumn
from foundation.prose.typed import CodeBox

FIRST, LAST = 1900, 2199  # years


def check_year(day: date) -> None:
    """Raises ValidationError for a day or a moment in a year that can only be a slip."""
    if not FIRST <= day.year <= LAST:
        raise ValidationError(_("Choose a year between %(first)s and %(last)s."), "year", {"first": FIRST, "last": LAST})


def midnight(day: date) -> datetime:
    """When the day begins on the site's clock."""
    return timezone.make_aware(datetime.combine(day, time.min))


def days_of(*moments: datetime) -> tuple[date, ...]:
    """On the site's calendar."""
    return tuple(timezone.localdate(moment) for moment in moments)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")  # as browsers write it, whatever the language


class Day(CodeBox, forms.DateField):
    widget = DayInput
    default_validators = [check_year]


class Moment(CodeBox, forms.DateTimeField):
    default_validators = [check_year]


class DayField(PlainColumn, models.DateField):
    default_validators = [check_year]
    box = Day


class MomentField(PlainColumn, models.DateTimeField):
    default_validators = [check_year]
    box = Moment
