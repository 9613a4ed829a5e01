"""A browser without a screen: keeps cookies, sends forms."""

import re
import sys
import urllib.parse
import urllib.request
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import CookieJar


class Visitor:
    """Somebody at a site; `address` is where they are."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.address = ""

    def get(self, address: str) -> str:
        """The page there; redirects are followed."""
        return self._open(urllib.request.Request(address))

    def send(self, page: str, **answers: str) -> str:
        """Posts a form of the page to where it stands, with its token; the page that comes then."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if not found:
            sys.exit(f"{self.address} has no form to send.")
        data = urllib.parse.urlencode(answers | {"csrfmiddlewaretoken": unescape(found[1])}).encode()
        return self._open(urllib.request.Request(self.address, data, headers={"Referer": self.address}))

    @property
    def cookie(self) -> str:
        """The header that tells who it is."""
        return "Cookie: " + "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def _open(self, request: urllib.request.Request) -> str:
        with self.opener.open(request) as answer:
            self.address = answer.url
            return answer.read().decode()


class Reader(HTMLParser):
    """The words of a page, of its structured data too, and the addresses of its links, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.links.append(href)

    def handle_data(self, data: str) -> None:
        self.words += data.split()
