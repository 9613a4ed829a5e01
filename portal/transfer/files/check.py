"""What is wrong with a content file, and where: faults with file and line, in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from portal.transfer.files.marks import Keys, Node


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.sentence}"


class Wrong(Exception):
    """A value is not what it must be; `line` if it is not the value's own."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass
class File:
    """A content file on its way in. `path` is where it lies, `name` how messages call it."""

    path: Path
    name: str
    faults: list[Fault] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    def fault(self, line: int, sentence: str) -> None:
        """Notes a fault."""
        self.faults.append(Fault(self.name, line, sentence))

    def keys(self, node: Node, allowed: Iterable[str], what: str) -> Keys:
        """`node` as keys and values; every key outside `allowed` is a fault."""
        if not isinstance(node, Keys):
            self.fault(node.line, f"{what} must be keys and values, like 'name: …'")
            return Keys(node.line, {})
        known = list(allowed)
        for key, value in node.nodes.items():
            if key not in known:
                self.fault(value.line, f"{what} key {one_of(key, known)}")
        return node


def one_of(word: str, known: Iterable[str]) -> str:
    """Like: 'symtoms' is not one of overview, symptoms, … (did you mean 'symptoms'?)."""
    choices = list(known)
    near = get_close_matches(word, choices, n=1, cutoff=0.7)
    return f"'{word}' is not one of {', '.join(choices)}" + (f" (did you mean '{near[0]}'?)" if near else "")
