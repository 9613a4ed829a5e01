"""Asks addresses elsewhere whether they still answer: politely, and never inside our own network."""

import socket
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from time import monotonic, sleep
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

TIMEOUT = 10  # seconds for each step: finding, connecting, waiting for the answer
PAUSE = 2  # seconds at least between two requests to one host
MOST_REDIRECTS = 5
MOVED = {301, 302, 303, 307, 308}
CLOSED = {401, 402, 403, 405, 407, 416, 429}  # somebody is there who does not talk to programs, or not so much


class Fault(Exception):
    """Why an address does not serve a reader, in words for staff."""


class AddressChecker:
    """Checks one address after the other. `reachable` decides, by IP address, whom it may connect to."""

    def __init__(self, *, reachable: Callable[[str], bool] | None = None, pause: float = PAUSE) -> None:
        self.reachable = reachable or _is_public
        self.pause = pause
        self.last_request: dict[str, float] = {}

    def fault(self, url: str) -> str:
        """What is wrong with `url`, at most 200 characters; "" if it answers. Follows redirects within http and https."""
        try:
            for _turn in range(MOST_REDIRECTS + 1):
                status, location = self._answer(url)
                if status not in MOVED or not location:
                    return _verdict(status)
                url = urljoin(url, location)
            return _("It redirects more than %(most)s times.") % {"most": MOST_REDIRECTS}
        except Fault as fault:
            return str(fault)[:200]
        except TimeoutError:
            return _("There was no answer within %(seconds)s seconds.") % {"seconds": TIMEOUT}
        except ssl.SSLError:
            return _("Its certificate does not hold, so browsers warn of it.")
        except (OSError, HTTPException, ValueError):  # ValueError: an address that cannot be read
            return _("No connection could be made.")

    def _answer(self, url: str) -> tuple[int, str]:
        """By HEAD; by GET of the first byte where HEAD is refused, since many servers know only that."""
        status, location = self._request("HEAD", url)
        return self._request("GET", url) if status >= 400 and status != 429 else (status, location)

    def _request(self, method: str, url: str) -> tuple[int, str]:
        parts = urlsplit(iri_to_uri(url))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Fault(_("It leads to “%(address)s”, which is no web page.") % {"address": url[:120]})
        self._wait(parts.hostname)
        connection = self._connection(parts)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, headers={"User-Agent": _name(), "Accept": "*/*", "Range": "bytes=0-0"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()

    def _wait(self, host: str) -> None:
        if host in self.last_request:
            sleep(max(0.0, self.last_request[host] + self.pause - monotonic()))
        self.last_request[host] = monotonic()

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        """Open, to an IP address that was looked at: asking the name a second time could lead elsewhere."""
        host = (parts.hostname or "").encode("idna").decode()
        secure = parts.scheme == "https"
        opened: socket.socket = self._open(host, parts.port or (443 if secure else 80))
        try:
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host) if secure else opened
        except OSError:
            opened.close()
            raise
        connection = (HTTPSConnection if secure else HTTPConnection)(host, parts.port, timeout=TIMEOUT)
        connection.sock = opened
        return connection

    def _open(self, host: str, port: int) -> socket.socket:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise Fault(_("Nobody knows the name “%(host)s”.") % {"host": host[:120]}) from error
        addresses = [str(each[4][0]) for each in found]
        if not all(self.reachable(address) for address in addresses):
            raise Fault(_("It leads into a private network. It was not asked."))
        return socket.create_connection((addresses[0], port), timeout=TIMEOUT)


def _is_public(address: str) -> bool:
    """Not this machine, not our network, not a cloud's own services; also not in IPv6 clothes."""
    ip = ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    return ip.is_global and inner.is_global and not inner.is_multicast


def _verdict(status: int) -> str:
    if status < 400 or status in CLOSED:
        return ""
    if status in {404, 410}:
        return _("There is no such page any more (%(status)s).") % {"status": status}
    return _("The server answers with a fault (%(status)s).") % {"status": status}


def _name() -> str:
    """Who asks, so that the other side can find us."""
    site = f"{settings.SITE_NAME} link check".encode("ascii", "ignore").decode()
    return f"{site} (+{settings.SITE_URL or settings.SECURITY_CONTACT})"
