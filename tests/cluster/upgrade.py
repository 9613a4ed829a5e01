"""Two upgrades while people read and families send: to a release that needs new columns, and to the next, which needs them no longer.

Both are copies of this very software: in the first two models have a column more, with the migrations that Django writes for it.
"""

import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from hashlib import sha256

from tests.cluster.scenarios import reading
from tests.faults.families import Families
from tests.site import ROOT

COLUMNS = {
    "appointments/models/request.py": (
        '    columns = classify(\n        plain="',
        '    hour_to_call = models.CharField(max_length=20, blank=True, db_default="")\n\n{}hour_to_call ',
    ),
    "conditions/models/edition.py": (
        "    next_review_due = ",
        "    minutes_to_read = models.PositiveSmallIntegerField(null=True, editable=False)\n{}",
    ),
}
SENDERS = 2
REST = 5  # seconds after each step


class FamiliesThroughNginx(Families):
    """Browsers at the site's own name, by TLS."""

    def __init__(self, readers):
        super().__init__(address="")
        self.readers = readers

    def _ask(self, method, step, number, secret):
        return self.readers.ask_as_family(method, step, secret)


@contextmanager
def sending(here, figures, most=280):
    """Families send one request after another; each of those that the site acknowledged must be stored."""
    families, over = FamiliesThroughNginx(here.readers), threading.Event()
    secrets = here.drafts(most)

    def work(own):
        for number in own:
            if over.wait(0.5):
                return
            families._until_acknowledged(number, secrets[number])

    threads = [threading.Thread(target=work, args=[range(first, most, SENDERS)]) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        yield families
    finally:
        over.set()
        for thread in threads:
            thread.join()
        stored = here.report()["references"]
        figures["requests sent"] = len(families.references)
        figures["sent again"] = families.retries
        figures["lost"] = sum(
            stored.get(sha256(secret.encode()).hexdigest()) != shown for secret, shown in families.references.items()
        )
        figures["wrong answers"] = families.wrong


def releases(here):
    """(the next release, the one after it): folders of software."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    first, second = here.folder / "release-1", here.folder / "release-2"
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (first / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, first / name)
    for name, (before, after) in COLUMNS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        (first / name).write_text(text.replace(before, after.format(before), 1), encoding="utf-8")
    manage(here, first, "makemigrations", "appointments", "conditions", "--name", "columns_of_the_next_release")
    shutil.copytree(first, second)
    for name in COLUMNS:
        shutil.copy(ROOT / name, second / name)
    manage(here, second, "makemigrations", "appointments", "conditions", "--name", "columns_are_gone_again")
    return first, second


def manage(here, software, *words):
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=software, env=here.site.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")


def run_with(here, software, *names):
    """These parts end and start anew with that software, one after the other, and are warmed, as docs/operating.md says."""
    for name in names:
        here.parts[name].stop()
        here.parts[name].folder = software
        here.parts[name].start()
        here.warm()
        here.edit("publish", here.readers.published[-1][1] + 1)  # by the old software, to the very end: pages are made anew


def upgrade(here, seconds):
    figures, (first, second) = {}, releases(here)
    with reading(here, figures), sending(here, figures) as families:

        def step(name, act, *words):
            before, began = (len(here.readers.faults), families.retries), time.monotonic()
            act(here, *words)
            time.sleep(REST)
            after = (len(here.readers.faults), families.retries)
            figures[name] = (
                f"{time.monotonic() - began:.0f} s, {after[0] - before[0]} failed, {after[1] - before[1]} sent again"
            )

        step("nothing yet", lambda _here: None)
        step("migrate", manage, first, "migrate")  # the old software on the new tables
        step("new", run_with, first, "web1", "web2", "deliver")
        step("one back", run_with, ROOT, "web1")  # both at once on the new tables
        step("and forth", run_with, first, "web1")
        step("newer", run_with, second, "web1", "web2", "deliver")  # which needs the columns no longer, while they are there
        step("migrate again", manage, second, "migrate")
        step("as before", run_with, ROOT, "web1", "web2", "deliver")
    old = sum("was published" in fault for fault in here.readers.faults)
    figures["failed or wrong"] -= old
    figures["old pages"] = old  # which nginx has and shows where a node that begins anew lets it wait for five seconds
    return figures
