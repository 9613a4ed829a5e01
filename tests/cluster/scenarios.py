"""What happens to a site, one thing at a time, while people read it. Each returns figures; `faults` says what must not be."""

import http.client
import os
import signal
import socket
import statistics
import threading
import time
from contextlib import closing, contextmanager

from tests.cluster.front import HOST
from tests.cluster.load import Load, run_for
from tests.cluster.world import PAGES

SEARCH = "/search/?q=swollen%20knee"
WITHDRAWN = ["bone-infection", "growing-pains", "kawasaki-disease", "perthes-disease", "scoliosis"]  # for ever, in this world
ONE_MORE = "pfapa"
SETTLE = 3  # seconds of reading before and after


@contextmanager
def reading(here, figures):
    """Readers at half of what the front can answer, in bulk and looking closely; what they saw goes into `figures`."""
    here.readers.faults, here.readers.reads, here.readers.slowest = [], 0, 0.0
    here.readers.start()
    load = Load(here.address, list(PAGES), here.pause)
    try:
        time.sleep(SETTLE)
        yield
        time.sleep(SETTLE)
    finally:
        bulk = load.end()
        here.readers.end()
        figures["reads"] = bulk.reads + here.readers.reads
        figures["reads/s"] = round(bulk.per_second)
        figures["failed or wrong"] = figures.get("failed or wrong", 0) + bulk.failed + bulk.wrong + len(here.readers.faults)
        figures["p99 ms"], figures["slowest s"] = round(bulk.p99, 1), round(here.readers.slowest, 2)
        bulk_said = [f"{bulk.failed} connections failed"] * bool(bulk.failed)
        bulk_said += [f"{bulk.wrong} answers were wrong, the last with status {bulk.status}"] * bool(bulk.wrong)
        figures["said"] = bulk_said + here.readers.faults[:5]


def kill_a_worker(here, seconds):
    figures = {}
    with reading(here, figures):
        dead = here.workers("web1")[0]
        os.kill(dead, signal.SIGKILL)
        figures["s until two work again"] = here.until(
            lambda: len(here.workers("web1")) == 2 and dead not in here.workers("web1"), 30
        )
    return figures


def kill_a_node(here, seconds):
    figures = {}
    with reading(here, figures):
        here.parts["web1"].kill()
        time.sleep(4)
        here.parts["web1"].start()
    return figures


def stop_the_database(here, seconds):
    """Beside those who read, eight search all the time: what needs the database must not hold the threads that pages need."""
    figures, seen = {}, []
    with reading(here, figures), _searching(here, seen):
        here.stop_database()
        time.sleep(seconds)
        figures["searches"], figures["statuses"] = len(seen), sorted({status for status, _took in seen[8:]})
        figures["slowest search s"] = round(max(took for _status, took in seen), 1)
        here.parts["database"].start()
        figures["s until search works"] = here.until(lambda: _status(here, SEARCH) == 200, 60)
    return figures


@contextmanager
def _searching(here, seen, people=8):
    over = threading.Event()

    def search():
        while not over.wait(0.2):
            asked = time.monotonic()
            seen.append((_status(here, SEARCH), time.monotonic() - asked))

    threads = [threading.Thread(target=search) for _one in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def publish_every_second(here, seconds):
    figures, first = {}, len(here.readers.published)
    with reading(here, figures):
        for number in range(seconds):
            here.edit("publish", first + number)
            time.sleep(1)
    return figures


def fill_the_cache(here, seconds):
    """Many more pages than fit, each with its own text, at both nodes and through nginx."""
    figures = {"MB before": here.memory()}
    count = 150 * here.page_cache_mb
    here.edit("fill", count)
    with reading(here, figures):
        for number in range(count):
            path = f"/news/one-of-many-{number}/"
            for address in (*here.nodes, f"127.0.0.1:{here.front.plain}"):
                status, text = here.ask(address, path)
                wrong = status != 200 or f"Own text {number}." not in text
                figures["failed or wrong"] = figures.get("failed or wrong", 0) + wrong
                here.ask(address, f"/no-such-page-{number}/")
    figures["MB after"] = here.memory()
    return figures


def withdraw_a_page(here, seconds):
    """How long after the answer to its editor somebody was still shown the page: through nginx, and by a node."""
    figures, last = {}, {"front": 0.0, "node": 0.0}
    addresses = {"front": f"127.0.0.1:{here.front.plain}", "node": here.nodes[0]}
    with reading(here, figures):
        for path in (f"/conditions/{slug}/" for slug in WITHDRAWN):
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                for address in (*addresses.values(), *here.nodes):
                    figures["failed or wrong"] = figures.get("failed or wrong", 0) + (here.ask(address, path)[0] != 200)
            _watch_it_go(here, path, addresses, last)
    figures["s to the last old page"], figures["s by a node"] = round(last["front"], 2), round(last["node"], 2)
    return figures


def _watch_it_go(here, path, addresses, last):
    """Withdraws the page at `path`; keeps in `last` the seconds after which it was still shown at an address."""
    answered = here.edit("withdraw", path.split("/")[2])
    while (asked := time.monotonic()) < answered + 3:
        for name, address in addresses.items():
            if here.ask(address, path)[0] == 200:
                last[name] = max(last[name], asked - answered)


def withdrawn_stays_away(here, seconds):
    """A page that was withdrawn does not come back when the database, then both nodes, are gone."""
    path, figures = f"/conditions/{ONE_MORE}/", {}
    here.until(lambda: _status(here, path) == 200, 10)
    here.edit("withdraw", ONE_MORE)
    time.sleep(2)
    figures["after withdrawal"] = _status(here, path)
    here.stop_database()
    time.sleep(2)
    figures["database gone"] = _status(here, path)
    for name in ("web1", "web2"):
        here.parts[name].kill()
    figures["nodes gone"] = _status(here, path)
    figures["failed or wrong"] = sum(status == 200 for status in figures.values())
    figures["home, nodes gone"] = _status(here, "/")
    figures["failed or wrong"] += figures["home, nodes gone"] != 200
    for name in ("database", "web1", "web2"):
        here.parts[name].start()
    here.until(lambda: _status(here, SEARCH) == 200, 30)
    return figures


def ask_for_an_appointment(here, seconds):
    """One request through nginx and TLS; its mail arrives."""
    secret, before = here.drafts(1)[0], len(here.mailbox.read_text().split())
    status, location, _text = here.readers.ask_as_family("POST", "check", secret)
    figures = {"status": status, "leads to": location}
    figures["s until its mail"] = here.until(lambda: len(here.mailbox.read_text().split()) > before, 30)
    figures["failed or wrong"] = int((status, location) != (302, "/appointments/request/done/"))
    return figures


def stalled_clients(here, seconds):
    """Reading with and without 40 clients stalled in their headers and 40 inside a POST body, side by side in pairs."""
    p99, failed = {False: [], True: []}, 0
    for number in range(10):
        for beside in (True, False) if number % 2 else (False, True):
            with _stalled(here) if beside else closing(socket.socket()):
                figures = run_for(3, here.address, list(PAGES), here.pause)
            p99[beside].append(figures.p99)
            failed += figures.failed + figures.wrong
    return {
        "p99 ms without": round(statistics.median(p99[False]), 2),
        "p99 ms beside": round(statistics.median(p99[True]), 2),
        "ratio": round(statistics.median(b / w for b, w in zip(p99[True], p99[False], strict=True)), 2),
        "failed or wrong": failed,
    }


@contextmanager
def _stalled(here):
    head = f"POST /appointments/request/you/ HTTP/1.1\r\nHost: {HOST}\r\n"
    clients = [socket.create_connection(("127.0.0.1", here.front.plain)) for _client in range(80)]
    for number, client in enumerate(clients):
        client.sendall((head if number % 2 else f"{head}Content-Length: 500\r\n\r\nasker=").encode())
    try:
        yield
    finally:
        for client in clients:
            client.close()


def _status(here, path):
    try:
        return here.ask(f"127.0.0.1:{here.front.plain}", path)[0]
    except (OSError, http.client.HTTPException):
        return 0


def faults(name, figures, page_cache_mb):
    """What must not be, in words."""
    found = []
    if figures["failed or wrong"]:
        found.append(f"{figures['failed or wrong']} reads failed or were wrong {figures.get('said', '')}")
    if figures.get("s to the last old page", 0) > 2:
        found.append(f"{figures['s to the last old page']} s to the last old page, not 2")
    if figures.get("ratio", 0) > 1.2:
        found.append(f"p99 beside stalled clients is {figures['ratio']} ×, not 1.2")
    if figures.get("lost") or figures.get("wrong answers"):
        found.append(f"{figures['lost']} requests were lost, wrong answers: {figures['wrong answers']}")
    if "MB after" in figures and figures["MB after"] > figures["MB before"] + 3 * page_cache_mb + 20:
        found.append(f"a worker grew from {figures['MB before']} to {figures['MB after']} MB")
    return [f"{name}: {fault}" for fault in found]


ALL = [
    ask_for_an_appointment,
    kill_a_worker,
    kill_a_node,
    publish_every_second,
    withdraw_a_page,
    fill_the_cache,
    stop_the_database,
    stalled_clients,
    withdrawn_stays_away,
]
