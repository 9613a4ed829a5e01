"""How the parts of `make bench` say what must show: one line each on their output, which `bench/__main__.py` reads again."""

import os
import re
from dataclasses import dataclass

LINE = re.compile(r"^must show (\d+): (.+) = ([\d.]+) \((at least|at most) ([\d.]+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Figure:
    """A measured value and its limit: `least` says whether it is a lower one. `show` is its number in the list of issue 5."""

    show: int
    name: str
    value: float
    limit: float
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the value keeps to its limit."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    def __str__(self) -> str:
        return f"must show {self.show}: {self.name} = {self.value:.2f} (at {'least' if self.least else 'most'} {self.limit:g})"


def read(text: str) -> list[Figure]:
    """The figures among what a part printed."""
    return [
        Figure(int(show), name, float(value), float(limit), side == "at least")
        for show, name, value, side, limit in LINE.findall(text)
    ]


def rounds(usual: int) -> int:
    """How many rounds to measure: ROUNDS of the environment, for a quick look, else as many as are usual."""
    return int(os.environ.get("ROUNDS") or usual)
