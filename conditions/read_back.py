"""What a text says in figures, read back as somebody might take it; and what a paste or a Word file may have left in it."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS
from django.utils.translation import gettext as _, gettext_lazy, override

_NUMBER = r"\d{1,2}/\d{1,2}|\d*\s?[½¼¾⅓⅔]|\d[\d.,]*\d|\d|(?<![\d.,])[.,]\d+"
_IN_WORDS = r"half an?|one|two|three|four|five|six|media|medio|dos|tres|cuatro|cinco|seis"
_RANGE = rf"(?:{_NUMBER}|{_IN_WORDS})(?:\s?(?:to|or|a|o|[-–\u2011])\s?(?:{_NUMBER}|{_IN_WORDS}))?"
_UNIT = (
    r"mg|mcg|µg|μg|ug|g|grams?|gramos?|mL|ml|cc|IU|UI|U|units?|unidades|teaspoons?|cucharaditas?|tablespoons?|cucharadas?|drops?|gotas?|puffs?"
    r"|tablets?|pills?|capsules?|tabletas?|pastillas?|comprimidos?|cápsulas?"
)
_PER = r"(?:(?:\s?/\s?|\s(?:per|por)\s)(?:kg|m2|m²|square meter|metro cuadrado|day|dose|día|dosis|h|mL|ml)){0,2}"
_OFTEN = (
    rf"(?:{_RANGE})\s?(?:times|veces)(?: (?:a|per|every|al|por) (?:day|week|día|semana))?|(?:once|twice|una vez) (?:a|al|por) (?:day|week|día|semana)"
    rf"|(?:every|cada) (?:{_RANGE}) (?:hours|days|weeks|horas|días|semanas)"
)
_SHORTHAND = r"q\.?\s?d\.?|[bt]\.?i\.?d\.?|q\.?i\.?d\.?|p\.?r\.?n\.?|q\d{1,2}h|q\.?h\.?s\.?"
_DOSE = re.compile(rf"(?<![\w/.,])(?:(?P<often>{_OFTEN}|{_SHORTHAND})|(?:{_RANGE})\s?(?:{_UNIT}){_PER})(?![\w²])")
# What is mistaken most often (ISMP, list of error-prone abbreviations, symbols and dose designations).
_MISREAD = [
    (r"[.,]\d", gettext_lazy("A point at the start is overlooked: write 0.5, not .5. Check each against the source.")),
    (
        r"[\d,]*\.\d*0\s?\D",
        gettext_lazy("A zero after the point is read as ten times as much: write 5, not 5.0. Check each against the source."),
    ),
    (r"\d+,\d{1,2}(?!\d)", gettext_lazy("A comma is overlooked: write 1.5, not 1,5. Check each against the source.")),
    (
        r".*(?:µg|μg|ug|cc|IU|UI|U)(?:$|[\s/])",
        gettext_lazy("This unit is often misread. Write micrograms (mcg), mL or units. Check each against the source."),
    ),
    (rf"(?:{_SHORTHAND})$", gettext_lazy("Families do not read this: say in words how often. Check each against the source.")),
    (
        r"\d[\d.,]*[a-zA-Z]",
        gettext_lazy("Without a space a letter is read as a number: write 10 mg, not 10mg. Check each against the source."),
    ),
]
_LEFT = re.compile(
    r"\[\?\]|[\ue000-\uf8ff\ufffd]+|Error! [^.]{1,60}\.?|¡Error! [^.]{1,60}\.?|Click (?:or tap )?here to enter \w+|\\\* ?MERGEFORMAT|«\w+»|_{4,}"
    r"|(?<!\S)[·§•▪◦] ?(?=\s|\w)|^o (?=\w)|^\d{1,2}[.)] (?=\w)|^[-–*] (?=\w)|\[[A-Z]{1,3}\d{1,3}\]:?|\xa0{2,}\S*|\S+ \| \S+"
    r"|\[\d{1,3}\]|\[[A-Z][a-z][^\]]{2,40}\]|\?{3,}|\bTODO:|\b(?:TBD|XXX+)\b|[Ll]orem ipsum|HYPERLINK|\{ ?(?:REF|PAGEREF|SEQ)\b[^}]*\}?"
    r"|</?[a-z]{1,10}>|&(?:nbsp|amp|lt|gt|quot|#\d+);|\*\*\S[^*]*\*\*|^#{1,4} (?=\w)|\]\(https?:\S*",
    re.MULTILINE,
)
_FIGURES = re.compile(
    r"(?<![\d/.])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])|(?<![\d/])(\d{1,2})/(\d{1,2})(?=,? (?:at|by|from|until|a las)\b)"
)
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")


def doses(text: str) -> list[str]:
    """How often is told with how much, or not at all."""
    found = list(_DOSE.finditer(text))
    return [" ".join(match[0].split()) for match in found] if any(not match["often"] for match in found) else []


def dose_advice(found: list[str]) -> str:
    """On what is mistaken most often among them."""
    said = (words for pattern, words in _MISREAD if any(re.match(pattern, dose) for dose in found))
    return str(next(said, _("Is each right? Check them against the source, a family will do what stands here.")))


def leftovers(text: str) -> list[str]:
    return [match[0].strip() or match[0] for match in _LEFT.finditer(text)]


@cache
def _named(language: str) -> tuple[re.Pattern[str], dict[str, int], dict[str, int]]:
    """Of days with the name of their month: how they are written, and the numbers of months and days of the week."""
    with override(language):
        months = {str(name).casefold(): number for number, name in (*MONTHS.items(), *MONTHS_3.items())}
        days = {str(name).casefold(): number for number, name in WEEKDAYS.items()}
    week, month = "|".join(days), "|".join(months)
    form = rf"\b(?:({week}),? )?(?:({month})\.? (\d{{1,2}})(?:st|nd|rd|th)?|(\d{{1,2}})(?: de)? ({month}))(?:,? (?:de )?(\d{{4}}))?\b"
    return re.compile(form, re.IGNORECASE), months, days


def dates(text: str, language: str) -> Iterator[str]:
    """Each day that is written, with how it may be understood."""
    for match in _FIGURES.finditer(text):
        first, second, year = (int(given or 0) for given in (match[1] or match[5], match[3] or match[6], match[4]))
        both = [_in_words(month, day, year) for month, day in dict.fromkeys([(first, second), (second, first)])]
        yield f"{match[0]} ({' / '.join(words for words in both if words) or _('no such day')})"
    for match in _ISO.finditer(text):
        yield f"{match[0]} ({_in_words(int(match[2]), int(match[3]), int(match[1])) or _('no such day')})"
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
