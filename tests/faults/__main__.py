"""`make faults`: `python -m tests.faults postgresql 10000 [seed]`. Prints the figures; fails if a request was lost or doubled."""

import statistics
import sys
import threading
import time

from foundation.privacy.tokens import hashed
from tests.faults.world import world

LEAST = 3  # kills, however fast the machine is
SENDERS = 4  # of `manage.py deliver`: each may have sent a mail that it could not note any more


def run(here, count, seed=7, every=5.0):
    """Figures of one run in a new world: `count` requests of six clients; a part is killed about every `every` seconds."""
    families, started = here.families, time.monotonic()
    wait = families.send(here.drafts(count))
    over = threading.Event()
    killing = lambda: not over.is_set() or here.kills.total() < LEAST  # noqa: E731
    killer = threading.Thread(target=here.torment, args=[seed, killing, every])
    killer.start()
    wait()
    over.set()
    killer.join()
    took = time.monotonic() - started
    report, mails = here.settle(seconds=60 + count / 5), here.mails()
    stored = report["references"]
    return {
        "acknowledged": len(families.references),
        "wrong answers": families.wrong,
        "lost": sum(hashed(secret) not in stored for secret in families.references),
        "wrong reference": sum(stored.get(hashed(s), shown) != shown for s, shown in families.references.items()),
        "doubled": len(stored) - count,
        "requests without exactly one step": report["not one step"],
        "messages as they should be": report["messages as they should be"],
        "messages not delivered": len(set(report["messages"]) - set(mails)),
        "messages not marked sent": sum(status != "sent" for status in report["messages"].values()),
        "mails with an unknown Message-ID": len(set(mails) - set(report["messages"])),
        "duplicate mails": len(mails) - len(set(mails)),
        "audit faults": report["audit faults"],
        "kills": dict(here.kills),
        "mails": len(mails),
        "retries": families.retries,
        "seconds": round(took, 1),
        "median ms of an answered POST": round(statistics.median(families.taken) * 1000, 1),
    }


def faults(figures, count):
    """What must not be, in words."""
    never = (
        "lost, doubled, wrong reference, requests without exactly one step, messages not delivered, messages not marked sent"
    )
    wanted = dict.fromkeys([*never.split(", "), "mails with an unknown Message-ID"], 0)
    wanted |= {"acknowledged": count, "wrong answers": [], "messages as they should be": True, "audit faults": []}
    found = [f"{name}: {figures[name]}" for name, value in wanted.items() if figures[name] != value]
    if figures["duplicate mails"] > SENDERS * sum(figures["kills"].values()):
        found.append("more duplicate mails than senders were killed")
    return found


if __name__ == "__main__":
    database, count = sys.argv[1], int(sys.argv[2])
    with world(database) as here:
        figures = run(here, count, *map(int, sys.argv[3:]))
    print("\n".join(f"{name:36}{value}" for name, value in figures.items()))
    sys.exit("\n".join(faults(figures, count)) or 0)
