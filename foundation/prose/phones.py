"""Phone numbers as people write them: shown as they stand, dialed and compared by their digits."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from foundation.prose.typed import code

KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
TYPED_FOR_DIGITS = re.compile(r"\b(?=[OoIl]*\d)[OoIl\d]{3,}\b")  # 555-O142; a word like FLOWERS holds no digit
GAP = r"[\s.\-/()]*"
FREE = "8(?:00|33|44|55|66|77|88)"  # numbers of these areas are often told by a word
AREA = rf"(?:\(?{FREE}\)?[\s.-]*|\(?[2-9]\d\d(?:\)\s*|[.-]))"  # what may stand before a word: “988 whenever” is none
MOST = 15  # digits of a number anywhere (ITU-T E.164)
FULL = re.compile(
    rf"""
    (?P<abroad> (?:\+|(?<![\d+])011(?=[\s.-]))[\s.-]*[2-9](?:{GAP}\d){{6,}})
    | (?<![\d+])(?<!\d-)(?:\+?1{GAP})?\(?(?P<area>[2-9]\d\d)\)?{GAP}(?P<office>\d{{3}}){GAP}(?P<line>\d{{4}})(?!\d)
    | (?<![\d+A-Z])(?:\+?1[\s.-]*)?(?P<word>{AREA}(?=[\d\s.-]{{0,4}}[A-Z])
        (?:[A-Z\d]{{3}}\s\d{{4}}|\d{{3}}\s[A-Z]{{4}}|[A-Z\d]+(?:[.-][A-Z\d]+)*))
    | (?<![\d-])(?P<urgent>911|988)(?![\d-])
    """,
    re.VERBOSE,
)
SHORT = re.compile(rf"(?<![\d+])(?:\d{GAP}){{4,}}\d|(?<![\d-])[2-9]11(?![\d-])")  # where there is no full number
ENDS = r"(?![\d\s().-]*\d)"  # what follows is no number of its own
ALONE = r"(?=\d+\s*(?:$|[;,.)]|(?:OPTION|OPCI[OÓ]N|PRESS|OPRIMA|MARQUE|THEN|LUEGO|OR|O)\b))"  # “, 8 am to 5 pm” is none
EXTENSION = re.compile(
    rf"[\s,;:.()]*(?:\b(?:EXT(?:ENSI[OÓ]N|N)?|INT(?:ERNO)?|ANEXO|X|XTN)\b[\s.:=#]*|(?:EXT|X)(?=\d)|\#\s*|,\s*{ALONE})(?P<ext>\d{{1,7}}){ENDS}"
)
OPTION = re.compile(
    rf"[\s,;:.()]*(?:\b(?:OPTION|OPCI[OÓ]N|PRESS|OPRIMA|MARQUE|PRESIONE|SELECT|THEN|LUEGO)\b[\s.:#]*)+(?P<press>\d{{1,2}}){ENDS}"
)


@dataclass(frozen=True)
class Phone:
    """A number to dial: with “+” and the country where they are known, the extension, and what to press once it answers."""

    number: str
    extension: str = ""
    presses: str = ""


def first(text: str) -> Phone | None:
    """The first full number in `text`; where there is none, the first digits that could be one."""
    digits = TYPED_FOR_DIGITS.sub(lambda group: group[0].translate(str.maketrans("OoIl", "0011")), code(text))
    written = digits.upper()
    for found in [*FULL.finditer(written), *SHORT.finditer(written)]:
        if number := _number(found):
            return Phone(number, *_behind(written[found.end() :]))
    return None


def _number(found: re.Match[str]) -> str:
    part = found.groupdict()
    if part.get("abroad"):
        digits = re.sub(r"\D", "", part["abroad"].replace("(0)", "")).removeprefix("011")
        return f"+{digits}" if len(digits) <= MOST else ""
    if part.get("area"):
        return f"+1{part['area']}{part['office']}{part['line']}"
    if part.get("word"):
        digits = re.sub(r"\D", "", part["word"].translate(KEYPAD))[:10]
        return f"+1{digits}" if len(digits) == 10 else ""
    digits = re.sub(r"\D", "", found[0])
    return digits if len(digits) <= MOST else ""


def _behind(rest: str) -> tuple[str, str]:
    extension, presses = "", []
    if found := EXTENSION.match(rest):
        extension, rest = found["ext"], rest[found.end() :]
    while found := OPTION.match(rest):
        presses.append(found["press"])
        rest = rest[found.end() :]
    return extension, ",".join(presses)


def tel(text: str) -> str:
    """For a `tel:` link (RFC 3966); a menu's digit follows after a pause, as phones read a comma. "" without a number."""
    phone = first(text)
    if phone is None:
        return ""
    extension = f";ext={phone.extension}" if phone.extension else ""
    return phone.number + extension + (f",{phone.presses}" if phone.presses else "")


def compared(text: str) -> str:
    """What two spellings of one number have in common: its last ten digits, whatever the extension; "" without a number."""
    phone = first(text)
    return phone.number.lstrip("+")[-10:] if phone else ""


def check_phone(typed: str) -> None:
    """Raises ValidationError unless somebody can be called under it: a whole number, not an emergency line."""
    digits = compared(typed)
    if len(digits) < 7:
        words = _("Enter a phone number, like 212 555 0123")
        if sum(letter.isdecimal() for letter in typed) > MOST:
            words = _("Enter one phone number, like 212 555 0123. If you give two, write “or” between them.")
        raise ValidationError(words, "phone")


def check_dialable(typed: str) -> None:
    """Raises ValidationError unless there is something to dial, be it a line of three digits."""
    if not tel(typed):
        raise ValidationError(
            _("“%(typed)s” holds no number that a phone could dial. Write it like 212 555 0142 ext. 4."),
            "phone",
            {"typed": typed},
        )
