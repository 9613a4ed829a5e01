"""What a text says in figures, read back as somebody might take it; and what a paste or a Word file may have left in it."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import override

_NUMBER = r"\d[\d.,]*\d|\d|(?<![\d.,])[.,]\d+"
_RANGE = rf"(?:{_NUMBER})(?:\s?(?:to|a|[-–\u2011])\s?(?:{_NUMBER}))?"
_UNIT = (
    r"mg|mcg|µg|μg|ug|g|grams?|gramos?|mL|ml|cc|IU|UI|U|units?|unidades|teaspoons?|cucharaditas?|tablespoons?|cucharadas?|drops?|gotas?|puffs?"
    r"|tablets?|pills?|capsules?|tabletas?|pastillas?|comprimidos?|cápsulas?|times|veces"
)
_DOSE = re.compile(
    rf"(?<![\w/.,])({_RANGE})\s?({_UNIT})((?:\s?/\s?|\s(?:per|por)\s)(?:kg|m2|m²|day|dose|día|dosis|h|mL|ml))?(?![\w²])"
)
_LEFT = re.compile(
    r"\[\?\]|[\ue000-\uf8ff\ufffd]+|Error! [^.]{1,60}\.?|¡Error! [^.]{1,60}\.?|Click (?:or tap )?here to enter \w+|\\\* ?MERGEFORMAT|«\w+»|_{4,}"
    r"|(?<!\S)[·§] ?(?=\s)|\[[A-Z]{1,3}\d{1,3}\]:?|\xa0{2,}\S*|\S+ \| \S+"
)
_FIGURES = re.compile(
    r"(?<![\d/.])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])|(?<![\d/])(\d{1,2})/(\d{1,2})(?=,? (?:at|by|from|until|a las)\b)"
)


def doses(text: str) -> list[str]:
    """How often is told with how much, or not at all."""
    found = [" ".join(match[0].split()) for match in _DOSE.finditer(text)]
    return found if any(not dose.endswith(("times", "veces")) for dose in found) else []


def dose_advice(found: list[str]) -> str:
    """By what is mistaken most often (ISMP, list of error-prone abbreviations and dose designations)."""
    if any(re.match(r"[.,]", dose) for dose in found):
        return _("A point at the start is overlooked: write 0.5, not .5. Check each against the source.")
    if any(re.match(r"[\d,]*\.\d*0\s?\D", dose) for dose in found):
        return _("A zero after the point is read as ten times as much: write 5, not 5.0. Check each against the source.")
    if any(re.search(r"(?:µg|μg|ug|cc|IU|UI|U)(?:$|[\s/])", dose) for dose in found):
        return _("This unit is often misread. Write micrograms (mcg), mL or units. Check each against the source.")
    return _("Is each right? Check them against the source, a family will do what stands here.")


def leftovers(text: str) -> list[str]:
    return [match[0].strip() or match[0] for match in _LEFT.finditer(text)]


@cache
def _named(language: str) -> tuple[re.Pattern[str], dict[str, int], dict[str, int]]:
    """Of days with the name of their month: how they are written, and the numbers of months and days of the week."""
    with override(language):
        months = {str(name).casefold(): number for number, name in MONTHS.items()}
        days = {str(name).casefold(): number for number, name in WEEKDAYS.items()}
    week, month = "|".join(days), "|".join(months)
    form = rf"\b(?:({week}),? )?(?:({month}) (\d{{1,2}})|(\d{{1,2}})(?: de)? ({month}))(?:,? (?:de )?(\d{{4}}))?\b"
    return re.compile(form, re.IGNORECASE), months, days


def dates(text: str, language: str) -> Iterator[str]:
    """Each day that is written, with how it may be understood."""
    for match in _FIGURES.finditer(text):
        first, second, year = (int(given or 0) for given in (match[1] or match[5], match[3] or match[6], match[4]))
        both = [_in_words(month, day, year) for month, day in dict.fromkeys([(first, second), (second, first)])]
        yield f"{match[0]} ({' / '.join(words for words in both if words) or _('no such day')})"
    form, months, week = _named(language)
    for match in form.finditer(text):
        month, day = months[(match[2] or match[5]).casefold()], int(match[3] or match[4])
        yield f"{match[0]}{_doubt(match[1], month, day, match[6], week)}"


def _in_words(month: int, day: int, year: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ""
    words = f"{MONTHS[month]} {day}"
    return f"{words}, {year + 2000 * (year < 100)}" if year else words


def _doubt(said: str | None, month: int, day: int, year: str | None, week: dict[str, int]) -> str:
    """What is wrong with a day, or which day of the week it is."""
    try:
        found = date(int(year or 2000), month, day)
    except ValueError:
        return f" ({_('no such day')})"
    if not year:
        return ""
    name = str(WEEKDAYS[found.weekday()])
    is_wrong = said and week[said.casefold()] != found.weekday()
    return f" ({_('it is a %(day)s') % {'day': name}})" if is_wrong else "" if said else f" ({name})"
