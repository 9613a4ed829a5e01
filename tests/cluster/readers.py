"""A few readers who look closely: each answer's status, its whole text, and whether it is as new as it must be."""

import gzip
import http.client
import re
import socket
import ssl
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field

import brotli

from tests.cluster.front import HOST

SLUG = "of-the-cluster"  # the news item that counts
OPENED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
NEWEST = 2.0  # seconds after which nobody may read what was there before


def read(connection, path, coding="br", **headers):
    """(status, text) of a page, in this coding if the site likes."""
    connection.request("GET", path, headers={"Host": HOST, "Accept-Encoding": coding} | headers)
    answer = connection.getresponse()
    return answer.status, OPENED[answer.getheader("Content-Encoding")](answer.read()).decode()


@dataclass
class Readers:
    """`published` holds (moment, number) of what the counting page said and when that was answered to its editor."""

    front: object
    pages: dict  # path: what must stand there
    published: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    reads: int = 0
    slowest: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list = field(default_factory=list)

    def start(self, count=3):
        self._over.clear()
        self._threads = [threading.Thread(target=self._read, args=[number]) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def end(self):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _connect(self, number):
        if number:
            return http.client.HTTPConnection("127.0.0.1", self.front.plain, timeout=15)
        trusted = ssl.create_default_context(cafile=self.front.folder / "tls" / "fullchain.pem")
        connection = http.client.HTTPSConnection(HOST, timeout=15, context=trusted)
        connection._create_connection = lambda *_where: socket.create_connection(("127.0.0.1", self.front.secure), 15)
        return connection

    def ask_as_family(self, method, step, secret):
        """(status, where it leads, text) of a step of a request, asked at the site's own name, by TLS."""
        token, own = "a" * 32, f"https://{HOST}"
        headers = {
            "Host": HOST,
            "Cookie": f"__Host-draft={secret}; __Host-csrftoken={token}",
            "Origin": own,
            "Referer": f"{own}/",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        with closing(self._connect(0)) as connection:
            connection.request(method, f"/appointments/request/{step}/", f"csrfmiddlewaretoken={token}", headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location"), answer.read().decode()

    def _read(self, number):
        connection, paths = self._connect(number), [*self.pages, f"/news/{SLUG}/"]
        while not self._over.wait(0.02):
            path, coding = paths[self.reads % len(paths)], ("br", "gzip", "identity")[self.reads % 3]
            self.reads += 1
            asked = time.monotonic()
            try:
                status, text = read(connection, path, coding)
            except (OSError, http.client.HTTPException) as fault:
                self.faults.append(f"{path} {fault!r}")
                connection.close()
                continue
            self.slowest = max(self.slowest, time.monotonic() - asked)
            self._look(path, status, text, asked)

    def _look(self, path, status, text, asked):
        if status != 200 or not text.rstrip().endswith("</html>"):
            self.faults.append(f"{path} {status} {text[-60:]!r}")
        elif path in self.pages:
            if self.pages[path] not in text:
                self.faults.append(f"{path} is another page")
        else:
            shown = int(re.search(r"This is number (\d+)\.", text)[1])
            least = max((number for moment, number in list(self.published) if moment + NEWEST < asked), default=0)
            if shown < least:
                self.faults.append(f"{path} says {shown}, {NEWEST} s after {least} was published")
