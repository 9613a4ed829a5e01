"""nginx, two web nodes, PostgreSQL, deliver and a mail server, together on the loopback, in a folder that is gone at the end."""

import base64
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cluster.front import HOST, Front
from tests.cluster.load import half_load
from tests.cluster.readers import SLUG, Readers, read
from tests.faults.world import mail_server, postgres_server
from tests.site import ROOT, Process, free_port, made, serve

NODE = ("--workers", "2", "--respawn-failed-workers", "--respawn-interval", "0.5", "--backlog", "1024")
PAGES = {
    "/": "</html>",
    "/conditions/": "/conditions/lupus/",
    "/conditions/crmo/": "CRMO",
    "/es/conditions/crmo/": "CRMO",
    "/conditions/lupus/": "upus",
    "/stories/crmo-pool/": "pool",
    "/departments/": "</html>",
    "/glossary/": "</html>",
}


class Cluster:
    """`parts` by name; `front` is nginx; `nodes` are the addresses of the web nodes."""

    def __init__(self, folder: Path, page_cache_mb: int) -> None:
        self.folder, self.parts, self.page_cache_mb = folder, {}, page_cache_mb
        self.parts["database"], url = postgres_server(folder)
        self.parts["database"].start()
        self.parts["mail"], port, self.mailbox = mail_server(folder)
        self.site = made(folder / "site", DATABASE_URL=url, EMAIL_URL=f"smtp://127.0.0.1:{port}", **settings(page_cache_mb))
        self.nodes = [f"127.0.0.1:{free_port()}" for _node in range(2)]
        for number, address in enumerate(self.nodes, 1):
            self.parts[f"web{number}"] = self._web(address, folder / f"web{number}.log")
        self.parts["deliver"] = self.site.deliverer()
        self.front = Front(folder / "nginx", self.nodes, folder / "site" / "static")
        self.parts["nginx"] = self.front.process()
        self.address = f"http://127.0.0.1:{self.front.plain}"
        self.readers = Readers(self.front, PAGES)
        self.editor: subprocess.Popen | None = None

    def _web(self, address: str, log: Path) -> Process:
        return Process(
            *serve(f"http://{address}", *NODE), environment=self.site.environment, log=log, ready=lambda: self.ask(address)
        )

    def ask(self, address: str, path: str = "/healthz", **headers: str) -> tuple[int, str]:
        """(status, text); OSError while nobody answers."""
        connection = http.client.HTTPConnection(address, timeout=20)
        try:
            return read(connection, path, **{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"} | headers)
        except http.client.HTTPException as fault:
            raise OSError from fault
        finally:
            connection.close()

    def start(self) -> None:
        for name in ("mail", "web1", "web2", "deliver", "nginx"):
            self.parts[name].start()
        self.edit("publish", 0)
        self.warm()
        self.pause = half_load(self.address, list(PAGES))

    def warm(self) -> None:
        """Every worker has been asked for every page. Which worker answers is chance, so each is asked often."""
        for _time in range(10):
            for node in self.nodes:
                for path in [*PAGES, f"/news/{SLUG}/"]:
                    self.ask(node, path)

    def edit(self, *words: object) -> float:
        """Lets the editor do it; the moment at which it was answered."""
        if self.editor is None:
            command, pipe = [sys.executable, "-m", "tests.cluster.inside"], subprocess.PIPE
            self.editor = subprocess.Popen(
                command, cwd=ROOT, env=self.site.environment, stdin=pipe, stdout=pipe, text=True, start_new_session=True
            )
        self.editor.stdin.write(" ".join(map(str, words)) + "\n")
        self.editor.stdin.flush()
        answered = self.editor.stdout.readline()
        if not answered:
            raise RuntimeError(f"the editor could not {words}")
        if words[0] == "publish":
            self.readers.published.append((float(answered), int(words[1])))
        return float(answered)

    def workers(self, name: str) -> list[int]:
        """The processes of a node that answer."""
        words = ["ps", "-o", "pid=,args=", "--ppid", str(self.parts[name].running.pid)]
        listed = subprocess.run(words, capture_output=True, text=True, check=False)
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if "resource_tracker" not in line]

    def memory(self) -> int:
        """MB (PSS) of the largest worker."""
        rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for name in ("web1", "web2") for pid in self.workers(name)]
        return max(int(line.split()[1]) for text in rollups for line in text.splitlines() if line.startswith("Pss:")) // 1024

    def stop_database(self) -> None:
        """At once, as when its machine is taken away from it. The editor goes home."""
        self._end_editor()
        self.parts["database"].running.send_signal(signal.SIGINT)
        self.parts["database"].running.wait(timeout=30)

    def drafts(self, count: int) -> list[str]:
        return json.loads(self.site.python("-m", "tests.faults.inside", "drafts", str(count)))

    def report(self) -> dict:
        return json.loads(self.site.python("-m", "tests.faults.inside", "report"))

    def until(self, true, seconds: float) -> float:
        """Seconds until `true()`; TimeoutError after so many."""
        start = time.monotonic()
        while not true():
            if time.monotonic() - start > seconds:
                raise TimeoutError(f"not within {seconds} s")
            time.sleep(0.05)
        return time.monotonic() - start

    def _end_editor(self) -> None:
        if self.editor:
            self.editor.communicate(timeout=20)
            self.editor = None

    def stop(self) -> None:
        self._end_editor()
        for name in ("nginx", "web1", "web2", "deliver", "mail", "database"):
            if self.parts[name].running and self.parts[name].running.poll() is None:
                self.parts[name].stop()


def settings(page_cache_mb: int) -> dict[str, str]:
    """What a hospital sets for two nodes behind one nginx."""
    return {
        "ALLOWED_HOSTS": HOST,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "INDEX_KEY": secrets.token_urlsafe(60),
        "FIELD_KEYS": f"k1:{base64.urlsafe_b64encode(os.urandom(32)).decode()}",
        "TRUSTED_PROXIES": "1",
        "PAGE_CACHE_MB": str(page_cache_mb),
    }


@contextmanager
def cluster(page_cache_mb: int = 2):
    """All of it runs until the block ends."""
    with tempfile.TemporaryDirectory(prefix="portal-cluster-", ignore_cleanup_errors=True) as folder, ExitStack() as after:
        Path(folder).chmod(0o755)  # PostgreSQL started by root runs as somebody else
        here = Cluster(Path(folder), page_cache_mb)
        after.callback(here.stop)
        here.start()
        yield here
