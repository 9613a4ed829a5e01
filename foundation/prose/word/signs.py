"""Letters in Word's sign fonts as the characters that they show, and its formulas (Office MathML) on one line, no numbers joined."""

from html import escape
from xml.etree import ElementTree as ET

from foundation.prose.word.package import child, name

_ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\"$'@"
_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ∀∃∋≅"
_ABOVE = {  # Symbol, from A0 on
    0xA1: "ϒ", 0xA2: "′", 0xA3: "≤", 0xA4: "⁄", 0xA5: "∞", 0xA7: "♣", 0xA8: "♦", 0xA9: "♥", 0xAA: "♠", 0xAB: "↔", 0xAC: "←", 0xAD: "↑",
    0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠",
    0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC5: "⊕", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xCE: "∈", 0xCF: "∉", 0xD0: "∠", 0xD2: "®", 0xD3: "©",
    0xD4: "™", 0xD5: "∏", 0xD6: "√", 0xD7: "⋅", 0xD8: "¬", 0xDB: "⇔", 0xDC: "⇐", 0xDD: "⇑", 0xDE: "⇒", 0xDF: "⇓", 0xE2: "®", 0xE3: "©",
    0xE4: "™", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_SYMBOL = {ord(letter): sign for letter, sign in zip(_ASCII, _GREEK, strict=True)} | _ABOVE
_SAME = set(b" !#%&()*+,./0123456789:;<=>?[]_{|}") | {0x2D}  # in Symbol as everywhere
_WINGDINGS = {
    0x28: "☎", 0x29: "✆", 0x4A: "☺", 0x4C: "☹", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0xA7: "▪", 0xA8: "□", 0xD8: "➢", 0xDF: "←",
    0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xF0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
UNKNOWN = "[?]"


def sign(font: str, number: int) -> str:
    """What a letter of a font shows; `UNKNOWN` if we cannot tell. Word also writes these letters from F000 on."""
    private = 0xE000 <= number <= 0xF8FF
    own = number - 0xF000 if 0xF000 <= number <= 0xF0FF else number
    if font.startswith("symbol") and own < 0x100:
        return chr(own) if own in _SAME else _SYMBOL.get(own, UNKNOWN)
    if font == "wingdings" and own < 0x100:
        return _WINGDINGS.get(own, UNKNOWN)
    return UNKNOWN if private or not 0x20 <= number < 0xD800 else chr(number)


def text(font: str, words: str) -> str:
    """Of a run: only what stands in a sign font, or is one of its letters, shows other than it says."""
    known = font.startswith("symbol") or font == "wingdings"
    return "".join(sign(font, ord(letter)) if known or "\ue000" <= letter <= "\uf8ff" else letter for letter in words)


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
