"""Details in a text by which somebody could be found: pointed out to whoever writes about a real child.

Patterns for English and Spanish text. They find what looks like a detail and miss what does not, so a person reads as well.
"""

import re
from collections.abc import Iterator

_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_NAME = r"[A-ZÁÉÍÓÚÑ][\w’'\-]+"
_KINDS = {
    "date": (
        rf"\b(?:(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?: of| de)? (?:{_MONTH})\b"
        r"(?:(?: de)? \d{4})?|\d{4}-\d{2}-\d{2}\b|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b)"
    ),
    "school": (
        rf"\b(?!(?:At|In|To|From|The|A|Her|His|Our|My|Their|This|That) )(?:{_NAME} )+(?:(?:Elementary|Middle|High|Primary|Nursery|Public) )*(?:School|Academy|Preschool|Kindergarten|College)\b"
        rf"|\bP\.?S\.? \d+|\b(?:Escuela|Colegio|Instituto|Liceo)(?: (?:de|del|la|el|los|las|{_NAME}))* {_NAME}"
    ),
    "street": (
        rf"\b\d{{1,5}} (?:{_NAME} )+(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Place|Way)\b"
        rf"|\b(?:Calle|Avenida)(?: (?:de|del|la|el|{_NAME}))* {_NAME},? \d{{1,5}}"
    ),
    "phone": r"(?<![\w-])(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]?\d{4}(?!\d)",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_NO_SURNAME = re.compile(  # begins the next sentence, after a shown name that is an initial
    "And|But|Is|Was|Has|Had|Can|Will|Does|Did|Says|She|He|They|We|Her|His|Their|Our|My|The|It|This|That|When|Then|After|Now|At|In|On"
    "|Y|Es|Era|Ya|No|Ella|Él|Su|Sus|El|La|Los|Las|Un|Una|Cuando|Hoy|En"
)


def details(text: str, name_shown: str) -> Iterator[tuple[str, str]]:
    """(kind, words) of each: `date`, `school`, `street`, `phone`, `email`, and `surname` for a name after `name_shown`."""
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            yield kind, match.group()
    if name_shown.strip():
        for match in re.finditer(rf"(?<!\w){re.escape(name_shown.strip())} ({_NAME})", text):
            if not _NO_SURNAME.fullmatch(match[1]):
                yield "surname", match.group()
