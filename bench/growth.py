"""`make bench`: what readers ask for, with 10 conditions and with 10,000: the page on one, the A to Z, the search.

Runs on the database of the environment, which must be empty; `tests/postgres.py` brings a PostgreSQL. The site of ten is in a
process and on a database of its own; both take turns, so that a machine that becomes slower is so for both. The pages are asked in
turn, CPU time of the thread beside the clock's; the ratios are those of CPU time. The query counts must be equal and the medians at
most half as much again, also of the search, which finds one or two among 10 pages and shows ten of 10,000. That takes at most 30 ms
of the clock in the middle and 100 ms for 99 of 100 questions. Measure on a quiet machine.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.figures import Figure
from bench.many import EVERYWHERE, MANY, NOWHERE, fill, names, words
from foundation.search.actions import ask
from tests import factories
from tests.site import own_database

FEW, ROUNDS = 10, 240  # so many questions there are
MOST, MEDIAN, P99 = 1.5, 30, 100  # times; milliseconds


def questions(count: int) -> list[str]:
    """240: exact names, names mistyped, words of every text, words of none, two words of one text, one word of many names."""
    dice, chosen = random.Random(7), names()[:count]
    asked = []
    for n in range(40):
        name = dice.choice(chosen)
        cut = dice.randrange(3, len(name) - 3)
        text = words(3 * chosen.index(name)).split()
        asked += [name, name[:cut] + name[cut + 1 :], " ".join(dice.sample(EVERYWHERE, 1 + n % 2))]
        asked += [NOWHERE[n % 5], f"{dice.choice(text)} {dice.choice(text)}", name.split()[-n % 2]]
    return asked


class Pages:
    """The site of this process with so many conditions, asked round by round."""

    def __init__(self, count: int) -> None:
        call_command("migrate", verbosity=0)
        factories.clinician()
        factories.department()
        fill(0, count)
        self.client, self.pages = Client(headers={"host": "localhost"}), asked(count)
        ask("warm", "en")  # the names are read once after a change

    def round(self, number: int) -> dict[str, tuple[float, float]]:
        """(milliseconds, of CPU time) of each kind of page; every round asks for its next address."""
        taken = {}
        for name, addresses in self.pages.items():
            address = addresses[number % len(addresses)]
            clock, cpu = time.perf_counter(), time.thread_time()
            answer = self.client.get(address)
            taken[name] = (time.perf_counter() - clock) * 1000, (time.thread_time() - cpu) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
        return taken

    def queries(self) -> dict[str, int]:
        """The most that an address of each kind takes."""
        most = dict.fromkeys(self.pages, 0)
        for name, addresses in self.pages.items():
            for address in addresses[:40]:
                with CaptureQueriesContext(connection) as counted:
                    self.client.get(address)
                most[name] = max(most[name], len(counted))
        return most


class Beside:
    """The same in a process and on a database of its own."""

    def __init__(self, count: int, folder: str) -> None:
        database = own_database(os.environ.get("DATABASE_URL", ""))
        environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": database}
        command, pipe = [sys.executable, __file__, str(count)], subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self._told()

    def _told(self) -> Any:
        line = self.process.stdout.readline()
        return json.loads(line) if line else sys.exit("The site beside has ended.")

    def _asked(self, words: str) -> Any:
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        return self._told()

    def round(self, number: int) -> dict[str, tuple[float, float]]:
        """See `Pages`."""
        return self._asked(str(number))

    def queries(self) -> dict[str, int]:
        """See `Pages`."""
        return self._asked("queries")

    @staticmethod
    def serve(count: int) -> None:
        """What that process does, until nobody asks any more."""
        site = Pages(count)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            print(json.dumps(site.queries() if line == "queries\n" else site.round(int(line))), flush=True)


def side_by_side(*sites: Pages | Beside) -> list[dict[str, tuple[list[float], list[float], int]]]:
    """(milliseconds, of CPU time, most queries) of each page of each site; they take turns, after two rounds that warm."""
    taken: list[dict[str, list[tuple[float, float]]]] = [defaultdict(list) for _site in sites]
    for number in range(-2, ROUNDS):
        for site, kept in list(zip(sites, taken, strict=True))[:: 1 if number % 2 else -1]:
            for name, spent in site.round(number).items():
                if number >= 0:
                    kept[name].append(spent)
    counted = [site.queries() for site in sites]
    return [
        {name: ([c for c, _p in each], [p for _c, p in each], most[name]) for name, each in kept.items()}
        for kept, most in zip(taken, counted, strict=True)
    ]


def asked(count: int) -> dict[str, list[str]]:
    """The addresses by kind of page."""
    letter = names()[5][0]
    return {
        "condition": ["/conditions/c-5/"],
        "A to Z": ["/conditions/"],
        "a letter": [f"/conditions/?letter={letter}"],
        "by department": ["/conditions/?department=rheumatology"],
        "home": ["/"],
        "search": [f"/search/?q={question}" for question in questions(count)],
    }


def show(few: dict[str, tuple[list[float], list[float], int]], many: dict[str, tuple[list[float], list[float], int]]) -> bool:
    """Prints the table; whether everything holds."""
    print(
        f"{connection.vendor:14}{'10: ms':>9}{'CPU':>7}{'queries':>9}{'10,000: ms':>12}{'CPU':>7}{'queries':>9}{'ratio':>7}{'p99':>8}"
    )
    fine, said = True, []
    for name, (wall, cpu, least) in few.items():
        longer, more, most = many[name]
        ratio = statistics.median(more) / statistics.median(cpu)
        p99 = statistics.quantiles(longer, n=100)[98]
        figures = [statistics.median(each) for each in (wall, cpu, longer, more)]
        print(
            f"{name:14}{figures[0]:9.1f}{figures[1]:7.1f}{least:9}{figures[2]:12.1f}{figures[3]:7.1f}{most:9}{ratio:7.2f}{p99:8.1f}"
        )
        fine &= least == most
        said.append(Figure(4, f"{name}, 10,000 : 10 conditions, CPU time ({least} and {most} queries)", ratio, MOST))
        if name == "search":
            said.append(Figure(5, "search over 10,000 pages, median in ms", figures[2], MEDIAN))
            said.append(Figure(5, "search over 10,000 pages, p99 in ms", p99, P99))
    print(*said, sep="\n")
    return fine and all(figure.met for figure in said)


if __name__ == "__main__":
    if sys.argv[1:]:
        Beside.serve(int(sys.argv[1]))
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        beside = Beside(FEW, folder)
        results = side_by_side(beside, Pages(MANY))
        beside.process.stdin.close()
        beside.process.wait()
    if not show(*results):
        sys.exit("Something grows with the number of conditions, or a search takes too long.")
