"""Families and staff while a folder is imported: `python -m tests.faults.importing postgresql 100 300`.

Conditions are imported and published while requests are sent, cases opened and pages read, each by a client of its own. Prints the
figures; fails if anybody got an answer of 5xx or waited for too long.
"""

import http.client
import http.cookiejar
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.faults.world import world
from tests.site import ROOT

LONGEST = {"postgresql": 1.0, "sqlite": 3.0}  # seconds
PAUSE = 0.1  # seconds between two questions of one client
PAGES = [
    "/",
    "/conditions/",
    "/conditions/crmo/",
    "/es/conditions/crmo/",
    "/search/?q=knee",
    "/search/?q=zzyx",
    "/departments/",
]
LINKED = re.compile(r"^(related|not_to_be_confused_with): \[.*\]$", re.MULTILINE)


@dataclass
class Client:
    """Asks again and again while the import runs, and at least `least` times."""

    name: str
    least: int
    took: list = field(default_factory=list)
    wrong: list = field(default_factory=list)

    def work(self, act, goes_on):
        done = 0
        while done < self.least or goes_on():
            began = time.monotonic()
            try:
                status = act()
            except (OSError, http.client.HTTPException) as fault:
                status = repr(fault)
            if status is None:
                return
            self.took.append(time.monotonic() - began)
            if not isinstance(status, int) or status >= 400:
                self.wrong.append(status)
            done += 1
            time.sleep(PAUSE)

    def told(self):
        middle, longest = statistics.median(self.took), max(self.took)
        return f"{len(self.took)} asked, median {1000 * middle:.0f} ms, longest {1000 * longest:.0f} ms, wrong answers {self.wrong[:5]}"


def folder_of(path, count):
    """So many conditions, made of the sample's, each of which names the next one of this very import."""
    sample = sorted((ROOT / "sample" / "conditions").glob("*.yaml"))
    into = path / "conditions"
    into.mkdir(parents=True)
    for picture in (ROOT / "sample" / "conditions").glob("*.webp"):
        shutil.copy(picture, into)
    for number, file in enumerate(islice(cycle(sample), count)):
        text = LINKED.sub(rf"\1: [copy-{(number + 1) % count}]", file.read_text(encoding="utf-8"))
        (into / f"copy-{number}.yaml").write_text(text, encoding="utf-8")
    return path


def signed_in(site):
    """A browser of the administrator's, by the one-time link of a site that runs for this machine."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    link = site.sign_in_link()
    page = browser.open(link).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token}).encode()
    browser.open(urllib.request.Request(link, form, {"Referer": link}))
    return browser


def opened(browser, url):
    try:
        with browser.open(url, timeout=120) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def run(here, conditions, requests):
    """The three clients, and how long the import took (seconds)."""
    site, families = here.site, here.families
    content = folder_of(here.folder / "content", conditions)
    secrets = iter(enumerate(here.drafts(3 * requests)))
    families.send([secret for _number, (_at, secret) in zip(range(20), secrets, strict=False)], clients=2)()
    browser, pages = signed_in(site), cycle(PAGES)
    cases = cycle(case_numbers(site))
    command = [sys.executable, "manage.py", "import_content", content, "--publish", "--reviewer", "ana-example"]
    acts = {
        "requests sent": lambda: send(families, secrets),
        "cases opened": lambda: opened(browser, f"{site.address}/admin/appointments/request/{next(cases)}/change/"),
        "pages read": lambda: opened(browser_of_nobody(), site.address + next(pages)),
    }
    clients = {name: Client(name, requests) for name in acts}
    began = time.monotonic()
    with (here.folder / "import.log").open("w") as log:
        importing = subprocess.Popen(list(map(str, command)), cwd=ROOT, env=site.environment, stdout=log, stderr=log)
        threads = [
            threading.Thread(target=clients[name].work, args=[act, lambda: importing.poll() is None])
            for name, act in acts.items()
        ]
        for thread in threads:
            thread.start()
        code = importing.wait()
        took = time.monotonic() - began
        for thread in threads:
            thread.join()
    return list(clients.values()), took, code, (here.folder / "import.log").read_text()


def browser_of_nobody():
    return urllib.request.build_opener()


def case_numbers(site):
    asks = "from appointments.models import Request; print(*Request.objects.values_list('pk', flat=True)[:20])"
    return site.manage("shell", "-v0", "-c", asks).split()


def send(families, secrets):
    """The status of one request sent; None if there is none left to send."""
    following = next(secrets, None)
    if following is None:
        return None
    number, secret = following
    status, location, _text = families._ask("POST", "check", number, secret)
    return status if status >= 400 or location == "/appointments/request/done/" else f"{status} {location}"


def faults(database, clients, code, log):
    """What must not be, in words."""
    found = [f"{client.name}: {client.told()}" for client in clients if client.wrong or max(client.took) > LONGEST[database]]
    return found + ([f"the import ended with {code}: {log[-1000:]}"] if code else [])


def main(database, conditions=100, requests=300):
    with world(database) as here:
        clients, took, code, log = run(here, int(conditions), int(requests))
    print(f"{database}: {conditions} conditions imported in {took:.0f} s; meanwhile, and until there were {requests}:")
    for client in clients:
        print(f"  {client.name:15}{client.told()}")
    return faults(database, clients, code, log)


if __name__ == "__main__":
    sys.exit("\n".join(main(*sys.argv[1:])) or 0)
