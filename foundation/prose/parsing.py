"""Foreign HTML as a browser reads it, written without errors: nh3 stands on html5ever, the parser of a browser."""

import re

import nh3

from foundation.prose.styles import BLOCKS, STRUCK
from foundation.prose.typed import prose

SCHEMES = {"https", "tel", "mailto"}
DEEPEST = 100  # nested tags that are looked at
VOID = {"br", "hr", "img", "embed", "area", "input", "wbr"}
MATHS = {"msup": ["", "sup"], "msub": ["", "sub"], "msubsup": ["", "sub", "sup"]}  # of their parts
PLACED = {"mroot", "munder", "mover", "munderover", "mmultiscripts", "mtable", "mtr", "mfenced"}  # their parts are apart
APART = {"button", "select", "textarea", "svg", "text", "mfrac", "mspace", *PLACED}  # drawn as things of their own
MATHML = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "mstyle", "semantics", "mtd", "mspace", "menclose"}
MATHML |= {*MATHS, *PLACED}
INLINE = set("a abbr b big em font i ins label q rb rt ruby small span strong sub".split())
UNSEEN = {"annotation", "annotation-xml", "audio", "canvas", "datalist", "defs", "desc", "iframe", "metadata", "noembed"}
UNSEEN |= {"mphantom", "noframes", "noscript", "rp", "script", "style", "template", "title", "video"}
NO_END = set("p li dt dd tr td th thead tbody tfoot option optgroup rt rp colgroup html head body col meta link".split())
NO_END |= {"source", "track", "param", "base", *VOID}

_PARSER = nh3.Cleaner(
    tags=BLOCKS | INLINE | STRUCK | APART | MATHML | VOID | {"sup"},
    attributes={
        "*": {"style", "hidden", "class", "role", "aria-level"},
        "ol": {"start"},
        "li": {"value"},
        "img": {"alt"},
        "a": {"href"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
        "input": {"type", "value"},
        "menclose": {"notation"},
    },
    url_schemes={*SCHEMES, "http", "ftp", "file", "sms", "webcal"},  # those that are not kept are named
    link_rel=None,
    clean_content_tags=UNSEEN,
)
_DRAWN = re.compile(r"<(?=(?:audio|canvas|iframe|video)\b)", re.IGNORECASE)  # what it holds is unseen, but it parts words
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
_BARE_CELLS = re.compile(r"<(/?)(?:t[dhr]|tbody|thead|tfoot|caption)\b", re.IGNORECASE)


def parse(html: str) -> str:
    if not re.search("<table", html, re.IGNORECASE):
        html = _BARE_CELLS.sub(r"<\1div", html)  # a parser ignores cells without a table, and so joins them
    html = re.sub(r"<(/?)xmp\b", r"<\1pre", html, flags=re.IGNORECASE)
    html = _PARSER.clean(_DRAWN.sub(" <", _shallow(html.replace("\x00", ""))))
    return prose(html.replace(">\u0338", ">&#824;"))  # which would otherwise become one sign with the bracket


def _shallow(html: str) -> str:
    """Without the tags that only nest deeper: a parser's time grows with the square of the depth. Words stay, apart."""
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag[2].lower()
        if name not in NO_END:
            depth = max(0, depth + (-1 if tag[1] else 1))
        too_deep = depth + bool(tag[1]) > DEEPEST and name not in STRUCK | VOID
        return tag[0] if not too_deep else "" if name in INLINE | {"sup"} else "<br>"

    return _TAG.sub(kept, html)
