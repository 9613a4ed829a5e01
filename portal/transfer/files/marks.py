"""YAML read as nodes that know their line. Plain YAML alone: anchors, tags, doubled keys and tabs are faults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MOST_BYTES = 1_000_000
MOST_DEEP = 12
_FORBIDDEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_HINTS = {
    "mapping values are not allowed": "there is a second ': ' here; put a text with a colon in quotes, or write it below a '|'",
    "could not find expected ':'": "a key without ': ', or a text that is not indented far enough",
    "did not find expected key": "the lines are not indented alike, or a quote does not end here",
    "did not find expected '-' indicator": "the lines of this list are not indented alike",
    "did not find expected ',' or ']'": "the list that begins here with '[' does not end with ']'",
    "did not find expected ',' or '}'": "what begins here with '{' does not end with '}'",
    "found unexpected end of stream": "a text in quotes that begins here does not end",
}


@dataclass(frozen=True)
class Scalar:
    """One value as it is written. `bare`: without quotes or a block sign."""

    line: int
    text: str
    bare: bool


@dataclass(frozen=True)
class Items:
    """A list."""

    line: int
    nodes: list["Node"]


@dataclass(frozen=True)
class Keys:
    """Keys and values; a value's line is its key's line."""

    line: int
    nodes: dict[str, "Node"]


Node = Scalar | Items | Keys


class Unreadable(Exception):
    """The text is not what a content file may be; `line` is where."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def read(content: bytes) -> Node:
    """The whole file as one node. Raises Unreadable at the first place that cannot be read."""
    events = yaml.parse(_text(content), Loader=yaml.CSafeLoader)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                node = _node(events, next(events), None, 0)
                _nothing_more(events)
                return node
    except yaml.YAMLError as error:
        raise _unreadable(error) from error
    raise Unreadable(1, "the file is empty")


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Unreadable(1, "the file is larger than 1 MB, which no page is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "there is a character that is not UTF-8; save the file as UTF-8") from error
    strange = _FORBIDDEN.search(text)
    if strange:
        name = (
            "a tab; use spaces" if strange.group() == "\t" else f"a control character (code {ord(strange.group())}); remove it"
        )
        raise Unreadable(text.count("\n", 0, strange.start()) + 1, f"there is {name}")
    return text


def _node(events: Iterator[Any], event: Any, line: int | None, depth: int) -> Node:
    line = line or _line(event.start_mark)
    if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise Unreadable(
            _line(event.start_mark), "anchors (&), references (*) and tags (!) are not used here; put such text in quotes"
        )
    if depth > MOST_DEEP:
        raise Unreadable(line, f"this is nested more than {MOST_DEEP} levels deep")
    if isinstance(event, yaml.ScalarEvent):
        if re.search("[\x00\ud800-\udfff]", event.value):
            raise Unreadable(line, "no text may hold NUL or half a character")
        return Scalar(line, event.value, bare=not event.style)
    if isinstance(event, yaml.SequenceStartEvent):
        return Items(line, list(_items(events, depth)))
    return Keys(line, _keys(events, depth))


def _items(events: Iterator[Any], depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            return
        yield _node(events, event, None, depth + 1)


def _keys(events: Iterator[Any], depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _node(events, event, None, depth + 1)
        if not isinstance(key, Scalar):
            raise Unreadable(key.line, "a key must be a word")
        if key.text in found:
            raise Unreadable(key.line, f"key '{key.text}' is here twice (first in line {found[key.text].line})")
        found[key.text] = _node(events, next(events), key.line, depth + 1)
    return found


def _nothing_more(events: Iterator[Any]) -> None:
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            raise Unreadable(_line(event.start_mark), "a second document starts here; a file holds one")


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _unreadable(error: yaml.YAMLError) -> Unreadable:
    """What does not end is told where it begins, everything else where it was met."""
    problem, context = getattr(error, "problem", None) or str(error), getattr(error, "context", None) or ""
    begins = re.search("flow (mapping|sequence)|quoted scalar", context)
    mark = getattr(error, "context_mark" if begins else "problem_mark", None)
    hint = next((hint for start, hint in _HINTS.items() if problem.startswith(start)), problem)
    return Unreadable(_line(mark), f"this cannot be read as YAML: {hint}")
