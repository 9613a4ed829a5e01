"""YAML read as nodes that know their line. Plain YAML alone: anchors, tags, doubled keys and tabs are faults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from foundation.prose.typed import code, prose
from portal.transfer.content_files import Invalid

MOST_BYTES = 1_000_000
MOST_DEEP = 12
FORBIDDEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
HINTS = {
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
    line: int
    nodes: list["Node"]


@dataclass(frozen=True)
class Keys:
    """Keys and values; a value's line is its key's line."""

    line: int
    nodes: dict[str, "Node"]


Node = Scalar | Items | Keys


def read(content: bytes) -> Node:
    """The whole file as one node. Raises Invalid, with its line, at the first place that cannot be read."""
    events = yaml.parse(_decode(content), Loader=yaml.CSafeLoader)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                node = _node(events, next(events))
                if second := next((each for each in events if isinstance(each, yaml.DocumentStartEvent)), None):
                    raise Invalid("a second document starts here; a file holds one", _line(second.start_mark))
                return node
    except yaml.YAMLError as error:
        raise _explain(error) from error
    raise Invalid("the file is empty", 1)


def text_of(node: Node) -> str:
    """A scalar's text. Raises Invalid for a list, for keys, and for nothing at all."""
    if not isinstance(node, Scalar):
        raise Invalid("must be a single value, not a list and not keys", node.line)
    if node.bare and node.text in {"", "~", "null"}:
        raise Invalid("has no value; give one or leave the key out", node.line)
    return node.text


def prose_of(node: Node) -> str:
    return canonical(text_of(node))


def code_of(node: Node) -> str:
    """A scalar that is no prose: a number, a day, a slug, a word of a few."""
    return code(text_of(node))


def items_of(node: Node) -> list[Node]:
    if not isinstance(node, Items):
        raise Invalid("must be a list", node.line)
    return node.nodes


def canonical(value: str) -> str:
    """One kind of line end, no space at the ends of lines, none around the whole."""
    return "\n".join(line.rstrip() for line in prose(value).splitlines()).strip()


def _decode(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise Invalid("the file is larger than 1 MB, which no page is", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid("there is a character that is not UTF-8; save the file as UTF-8", line) from error
    forbidden = FORBIDDEN.search(text)
    if forbidden:
        letter = forbidden.group()
        name = "a tab; use spaces" if letter == "\t" else f"a control character (code {ord(letter)}); remove it"
        raise Invalid(f"there is {name}", text.count("\n", 0, forbidden.start()) + 1)
    return text


def _node(events: Iterator[Any], event: Any, line: int = 0, depth: int = 0) -> Node:
    own_line = _line(event.start_mark)
    line = line or own_line
    if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise Invalid("anchors (&), references (*) and tags (!) are not used here; put such text in quotes", own_line)
    if depth > MOST_DEEP:
        raise Invalid(f"this is nested more than {MOST_DEEP} levels deep", line)
    if isinstance(event, yaml.ScalarEvent):
        if re.search("[\x00\ud800-\udfff]", event.value):
            raise Invalid("no text may hold NUL or half a character", line)
        return Scalar(line, event.value, bare=not event.style)
    if isinstance(event, yaml.SequenceStartEvent):
        return Items(line, [_node(events, item, depth=depth + 1) for item in _until(events, yaml.SequenceEndEvent)])
    return Keys(line, _keys(events, depth + 1))


def _until(events: Iterator[Any], end: type[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def _keys(events: Iterator[Any], depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for event in _until(events, yaml.MappingEndEvent):
        key = _node(events, event, depth=depth)
        if not isinstance(key, Scalar):
            raise Invalid("a key must be a word", key.line)
        if key.text in found:
            raise Invalid(f"key '{key.text}' is here twice (first in line {found[key.text].line})", key.line)
        found[key.text] = _node(events, next(events), key.line, depth)
    return found


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _explain(error: yaml.YAMLError) -> Invalid:
    """What does not end is told where it begins, everything else where it was met."""
    problem, context = getattr(error, "problem", None) or str(error), getattr(error, "context", None) or ""
    begins = re.search("flow (mapping|sequence)|quoted scalar", context)
    mark = getattr(error, "context_mark" if begins else "problem_mark", None)
    hint = next((hint for start, hint in HINTS.items() if problem.startswith(start)), problem)
    return Invalid(f"this cannot be read as YAML: {hint}", _line(mark))
