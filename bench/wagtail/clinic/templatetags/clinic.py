from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def tel(number: str) -> str:
    return "+1" + "".join(sign for sign in number if sign.isdigit())


@register.filter
def unbroken(number: str) -> str:
    return number.replace(" ", "\u00a0")


@register.filter
def partial_date(written: str) -> str:
    """2018, 2018-08 or 2018-08-01 in words."""
    year, *rest = map(int, written.split("-"))
    if not rest:
        return str(year)
    return date_format(date(year, *rest)) if len(rest) == 2 else date_format(date(year, rest[0], 1), "YEAR_MONTH_FORMAT")
