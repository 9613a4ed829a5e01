"""`manage.py warm`: asks for every public page, so that the first reader after a start waits for none."""

import re
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

LOCATION = re.compile(r"<loc>([^<]+)</loc>")
TIMEOUT = 30  # seconds


class Command(BaseCommand):
    """Follows the sitemap of each node, on one connection. Raises CommandError if a page could not be had."""

    help = "Ask each node for every page in its sitemap, so that it has them finished in memory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A worker warms only itself: with several workers behind one port, ask `--times` as often or more."""
        parser.add_argument("--node", action="append", help=f"where a node answers; default: {settings.LINK_BASE}")
        parser.add_argument("--times", type=int, default=1, help="how often to ask, over connections of their own")

    def handle(self, *args: Any, **options: Any) -> None:
        for node in options["node"] or [settings.LINK_BASE]:
            for _round in range(options["times"]):
                start = monotonic()
                try:
                    count, failed = warm(node)
                except (OSError, HTTPException) as fault:
                    raise CommandError(f"{node} does not answer ({fault}). Is the site running there?") from fault
                if failed:
                    raise CommandError(f"{node} could not show {', '.join(failed[:5])}. Look into its log.")
                self.stdout.write(f"{node}: {count} pages in {monotonic() - start:.1f} s")


def warm(node: str) -> tuple[int, list[str]]:
    """How many pages were asked for, and the paths of those that could not be had. Raises OSError if nobody answers."""
    parts = urlsplit(node)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "localhost", parts.port, timeout=TIMEOUT)
    public = urlsplit(settings.LINK_BASE)
    headers = {"Host": public.netloc, "Accept-Encoding": "br"}
    if settings.SECURE_PROXY_SSL_HEADER:  # asked past the proxy, in its guise
        headers |= {"X-Forwarded-Proto": public.scheme, "X-Forwarded-For": "127.0.0.1"}

    def ask(path: str, **more: str) -> tuple[int, bytes]:
        connection.request("GET", path, headers=headers | more)
        answer = connection.getresponse()
        return answer.status, answer.read()

    _status, sitemap = ask("/sitemap.xml", **{"Accept-Encoding": "identity"})
    paths = [urlsplit(address).path for address in LOCATION.findall(sitemap.decode())]
    failed = [path for path in paths if ask(path)[0] != 200]
    connection.close()
    return len(paths), failed if paths else ["/sitemap.xml"]
