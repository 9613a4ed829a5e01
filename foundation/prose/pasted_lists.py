"""Items of lists that come as paragraphs: Word writes them so, and people type them so."""

import re

from foundation.prose.blocks import Block, add_item, without_start

_SIGN = "[·•▪◦●○■‣➢✓\uf0b7\uf0a7\uf0d8]"
_TYPED = re.compile(
    rf"(?:({_SIGN})[\xa0 ]+|([o§–-])(?:\xa0[\xa0 ]|[\xa0 ]\xa0)[\xa0 ]*|(\d{{1,4}})[.)](?:\xa0[\xa0 ]|[\xa0 ]\xa0)[\xa0 ]*)(?=\S)"
)
_NUMBER = re.compile(r"\(?(\d{1,4})[.)]?")


def add(holder: Block, block: Block, marker: str, level: int) -> bool:
    """Appends a paragraph as an item to the list it belongs to. Not, if none begins, or its `marker` says more than our lists can."""
    marker = marker.strip()
    if level:
        number = _NUMBER.fullmatch(marker)
        if marker and not number and marker != "o" and any(sign.isalnum() for sign in marker):
            return False
        add_item(holder, level, int(number[1]) if number else None, block)
        return True
    typed = _TYPED.match("".join(text for _marks, text in block.runs))
    if not typed:
        return False
    block.runs = without_start(block.runs, typed.end())
    add_item(holder, 1, int(typed[3]) if typed[3] else None, block)
    return True
