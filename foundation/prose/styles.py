"""What a tag and the text of its style attribute mean for the words inside, as far as it concerns us."""

import re

Style = dict[str, str]

BLOCKS = set(
    "address article aside blockquote caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p pre search section summary table "
    "tbody td tfoot th thead tr ul".split()
)
_CLASS = re.compile(r"(?:^|[,\s/}>])(?:[a-z][a-z0-9]*)?\.([\w-]+)\s*(?=,|$)")
TELLING = set(
    "display visibility mso-hide text-decoration text-decoration-line font-weight font-style vertical-align mso-text-raise "
    "font-variant-position mso-list mso-outline-level".split()
)
STRUCK = {"del", "s", "strike"}


def parse(text: str) -> Style:
    pairs = re.findall(r"([\w-]+)\s*:\s*([^;]*)", text.lower())
    return {name: value.replace("!important", "").strip() for name, value in pairs}


def sheet(html: str) -> dict[str, str]:
    """What the style sheets of a pasted page say of each class: Excel and Apple's programs put bold and struck there."""
    found: dict[str, str] = {}
    low, end = html.lower(), 0
    while (start := low.find("<style", end)) >= 0 and (end := low.find("</style", start)) >= 0:
        for rule in low[start:end].split("}"):
            selectors, _brace, declared = rule.rpartition("{")
            telling = ";".join(f"{name}:{value[:50]}" for name, value in parse(declared[:2000]).items() if name in TELLING)
            for name in _CLASS.findall(selectors[-500:]) if telling else ():
                found[name] = f"{found.get(name, '')};{telling}"[-500:]
    return found


def is_hidden(style: Style) -> bool:
    return (
        style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"} or style.get("mso-hide") == "all"
    )


def is_struck(name: str, style: Style) -> bool:
    return name in STRUCK or "line-through" in style.get("text-decoration", "") + style.get("text-decoration-line", "")


def is_block(name: str, style: Style) -> bool:
    if style.get("float", "none") != "none" or style.get("position") in {"absolute", "fixed"}:
        return True
    shown = style.get("display", "")
    if shown.startswith("inline") or shown in {"contents", "ruby", "ruby-text"}:
        return False
    return name in BLOCKS or shown not in {"", "none", "initial", "inherit", "unset", "revert"}


def lays_out(style: Style) -> bool:
    """Whether a browser places whatever is directly in it as things of their own."""
    return style.get("display", "").removeprefix("inline-") in {"flex", "grid"}


def keeps_lines(name: str, style: Style) -> bool | None:
    """Whether the line breaks of its source are seen; None: as around it."""
    space = style.get("white-space", "")
    if space:
        return "pre" in space or space == "break-spaces"
    return name in {"pre", "listing", "textarea"} or None


def is_bold(name: str, style: Style) -> bool | None:
    """None: as around it. A style outdoes the tag: Google Docs wraps all it copies in a `<b>` of normal weight."""
    weight = style.get("font-weight", "")
    if weight.isdecimal():
        return int(weight[:6]) >= 600
    if weight in {"normal", "lighter"}:
        return False
    return name in {"b", "strong"} or weight in {"bold", "bolder"} or None


def is_slanted(name: str, style: Style) -> bool | None:
    slant = style.get("font-style", "")
    return False if slant == "normal" else name in {"i", "em"} or slant in {"italic", "oblique"} or None


def script(name: str, style: Style) -> str:
    """`sup`, `sub` or nothing, by the tag or as Google Docs and Word say it."""
    if name in {"sup", "sub"}:
        return name
    raised = style.get("vertical-align", "") if name not in BLOCKS else ""
    raised = style.get("font-variant-position", raised)
    height = re.match(r"[+-]?[\d.]*[1-9]", style.get("mso-text-raise", "") or raised)
    if height:
        return "sub" if height[0].startswith("-") else "sup"
    return {"super": "sup", "text-top": "sup", "sub": "sub", "text-bottom": "sub"}.get(raised, "")


def heading(name: str, style: Style, given: dict[str, str]) -> str:
    """`h3` or `h4` of a paragraph that Word, in its windows or in a browser, says is one."""
    level = style.get("mso-outline-level", "") or (given.get("aria-level", "2") if given.get("role") == "heading" else "")
    named = re.fullmatch(r"mso(?:heading(\d)|title|subtitle)", given.get("class", "").strip().lower())
    if named:
        level = named[1] or "1"
    if name not in {"p", "div"} or not re.fullmatch("[1-9]", level):
        return ""
    return "h3" if level in "123" else "h4"


def list_level(style: Style) -> int:
    """How deep an item of a list is that Word writes as a paragraph; 0: it is none."""
    found = re.search(r"\blevel([1-9])", style.get("mso-list", ""))
    return int(found[1]) if found else 0
