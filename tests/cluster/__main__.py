"""`make cluster-test`: `python -m tests.cluster [--seconds 60] [name …]`. Prints a table; fails if a target is missed."""

import argparse
import sys

from tests.cluster.scenarios import ALL, faults
from tests.cluster.upgrade import upgrade
from tests.cluster.world import cluster


def main() -> str | int:
    """What was missed, or 0."""
    every = [*ALL, upgrade]
    asked = argparse.ArgumentParser(prog="python -m tests.cluster")
    asked.add_argument("--seconds", type=int, default=60, help="how long the database is away and how often is published")
    asked.add_argument("--cache", type=int, default=2, help="PAGE_CACHE_MB of the nodes")
    asked.add_argument("names", nargs="*", help="of the scenarios; default all: " + ", ".join(one.__name__ for one in every))
    options = asked.parse_args()
    missed = []
    with cluster(options.cache) as here:
        print(f"Readers rest {here.pause} ms between two pages: about half of what the front can answer here.\n")
        for scenario in every:
            if not options.names or scenario.__name__ in options.names:
                figures = scenario(here, options.seconds)
                missed += faults(scenario.__name__, figures, options.cache)
                _show(scenario.__name__, figures)
    return "\n".join(missed) or 0


def _show(name: str, figures: dict) -> None:
    words = (
        f"{key} {round(value, 2) if isinstance(value, float) else value}" for key, value in figures.items() if value != []
    )
    print(f"{name.replace('_', ' '):24}" + ", ".join(words), flush=True)


if __name__ == "__main__":
    sys.exit(main())
