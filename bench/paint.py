"""When a phone first shows something, on two sites in turns: `python -m bench.paint OLD_URL NEW_URL [path …]`.

A slow 4G line as Chromium's own tools set it, a processor four times slower, 360 px, nothing kept from before. `ROUNDS=7` is the least that is
worth quoting; on a machine that does other things too, read the bytes and the requests, and the times of many rounds.
"""

import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.figures import rounds
from tests.browser.engines import CHROMIUM, FLAGS

PATHS = ["/", "/conditions/crmo/", "/appointments/"]
SLOW_4G = {"offline": False, "latency": 562.5, "downloadThroughput": 1.47e6 / 8, "uploadThroughput": 675e3 / 8}
PAINTS = """() => new Promise(done => new PerformanceObserver(list => {
  const largest = list.getEntries().at(-1).startTime;
  const first = performance.getEntriesByName('first-contentful-paint')[0].startTime;
  done([first, largest]);
}).observe({type: 'largest-contentful-paint', buffered: true}))"""
WORK = {"LayoutDuration": "layout", "RecalcStyleDuration": "style", "ScriptDuration": "script", "TaskDuration": "all work"}


@dataclass(frozen=True)
class Load:
    """Milliseconds to the first and the largest paint and of work in the page's thread; bytes on the wire by address."""

    first: float
    largest: float
    work: dict[str, float]
    sizes: dict[str, int]


@contextmanager
def phone(browser: Browser) -> Iterator[Page]:
    """A page of a browser that has never been here, on a slow line."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=3, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.goto("about:blank")
    yield page
    context.close()


def load(browser: Browser, address: str) -> Load:
    """Opens it once."""
    with phone(browser) as page:
        line = page.context.new_cdp_session(page)
        sizes, names = {}, {}
        line.on("Network.requestWillBeSent", lambda sent: names.update({sent["requestId"]: sent["request"]["url"]}))
        line.on(
            "Network.loadingFinished", lambda done: sizes.update({names[done["requestId"]]: int(done["encodedDataLength"])})
        )
        line.send("Network.enable")
        line.send("Performance.enable")
        line.send("Network.emulateNetworkConditions", SLOW_4G)
        line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(address)
        first, largest = page.evaluate(PAINTS)
        metrics = {each["name"]: each["value"] * 1000 for each in line.send("Performance.getMetrics")["metrics"]}
        return Load(first, largest, {word: metrics[name] for name, word in WORK.items()}, sizes)


def row(name: str, loads: list[Load]) -> str:
    """Medians of what was loaded."""
    first = [load.first for load in loads]
    work = [statistics.median(load.work[word] for load in loads) for word in WORK.values()]
    largest = statistics.median(load.largest for load in loads)
    figures = [statistics.median(first), min(first), largest, *work]
    sizes = loads[-1].sizes
    return f"{name:28}" + "".join(f"{figure:9.1f}" for figure in figures) + f"{len(sizes):9}{sum(sizes.values()):9}"


def main(old: str, new: str, *paths: str) -> None:
    """Prints a table."""
    heads = ["first ms", "least", "largest", *WORK.values(), "requests", "bytes"]
    print(" " * 28 + "".join(f"{head:>9}" for head in heads))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or CHROMIUM, args=FLAGS)
        for path in paths or PATHS:
            loads: dict[str, list[Load]] = {old: [], new: []}
            for number in range(rounds(7) + 1):
                for site in (old, new) if number % 2 else (new, old):
                    opened = load(browser, site.rstrip("/") + path)
                    if number:  # the first warms both
                        loads[site].append(opened)
            for site, name in ((old, "old"), (new, "new")):
                print(row(f"{path} {name}", loads[site]), flush=True)
            ratio = statistics.median(a.first for a in loads[new]) / statistics.median(a.first for a in loads[old])
            print(f"{path} first paint, new : old = {ratio:.3f}")
            for site in (old, new):
                print(
                    "  " + ", ".join(f"{address.removeprefix(site)} {size}" for address, size in loads[site][-1].sizes.items())
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
