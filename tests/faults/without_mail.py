"""Families while the mail server is dead: `python -m tests.faults.without_mail postgresql 200`.

Prints the figures; fails if a request or a message was lost, or if families waited for the mail server.
"""

import statistics
import sys

from tests.faults.world import world


def run(here, count):
    """Families ask with the mail server up, then with it dead; then it lives again and the outbox is left to itself."""
    here.families.wrong.clear()
    secrets, medians = here.drafts(count), {}
    for name, part in {"up": secrets[: count // 2], "down": secrets[count // 2 :]}.items():
        if name == "down":
            here.parts["mail"].kill()
        here.families.taken.clear()
        here.families.send(part, clients=1)()
        medians[name] = round(statistics.median(here.families.taken) * 1000, 1)
    waiting = list(here.report()["messages"].values()).count("waiting")
    here.parts["mail"].start()
    report = here.settle(
        seconds=240
    )  # on a machine with nothing else to do it takes five; only the start of the sender takes long
    return {
        "median ms": medians,
        "not acknowledged": sum(secret not in here.families.references for secret in secrets),
        "wrong answers": here.families.wrong,
        "waited while it was dead": waiting,
        "asked while it was dead": count - count // 2,
        "statuses": sorted(set(report["messages"].values())),
        "not delivered": len(set(report["messages"]) - set(here.mails())),
        "said by the sender": here.parts["deliver"].log.read_text()[-1000:],
    }


def faults(figures):
    """What must not be, in words."""
    wanted = {"not acknowledged": 0, "wrong answers": [], "statuses": ["sent"], "not delivered": 0}
    found = [f"{name}: {figures[name]}" for name, value in wanted.items() if figures[name] != value]
    return found + ["nothing waited"] * (figures["waited while it was dead"] < figures["asked while it was dead"])


def slower(figures):
    """Whether families felt it. True of a quiet machine only, so the suite does not ask."""
    up, down = figures["median ms"].values()
    return [f"slower: {up} ms, {down} ms"] * (down > up * 1.5 + 10)


if __name__ == "__main__":
    with world(sys.argv[1]) as here:
        figures = run(here, int(sys.argv[2]))
    print("\n".join(f"{name:26}{value}" for name, value in figures.items()))
    sys.exit("\n".join(faults(figures) + slower(figures)) or 0)
