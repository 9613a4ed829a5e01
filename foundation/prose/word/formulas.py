"""Formulas of Word (Office MathML) on one line, no numbers joined."""

from html import escape
from xml.etree import ElementTree as ET

from foundation.prose.word.package import child, name


def html(element: ET.Element | None) -> str:  # noqa: PLR0911  one way out for each kind
    if element is None:
        return ""
    match name(element):
        case "t":
            return escape(element.text or "")
        case "f":
            return f" {_in(element, 'num')}/{_in(element, 'den')} "
        case "sSup":
            return f"{_in(element, 'e')}<sup>{_in(element, 'sup')}</sup>"
        case "sSub":
            return f"{_in(element, 'e')}<sub>{_in(element, 'sub')}</sub>"
        case "sSubSup":
            return f"{_in(element, 'e')}<sub>{_in(element, 'sub')}</sub><sup>{_in(element, 'sup')}</sup>"
        case "rad":
            return f" {_in(element, 'deg')}√({_in(element, 'e')}) "
        case "d":
            return f"({_all(element)})"
        case "r" | "num" | "den" | "e" | "sup" | "sub" | "deg" | "oMath" | "oMathPara":
            return _all(element)
    return "" if name(element).endswith("Pr") else f" {_all(element, ' ')} "


def _in(element: ET.Element | None, part: str) -> str:
    return html(child(element, part))


def _all(element: ET.Element | None, between: str = "") -> str:
    return between.join(html(each) for each in (element if element is not None else ()))
