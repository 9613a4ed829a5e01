"""`make bench`: what the CRMO page of the sample site costs uncached, against template pages that ask no database.

One process, the same middleware, asked in turn, CPU time of the thread. "At hand" renders the page's own templates from
a context fetched once; "plain" renders `base.html` with loops over plain lists to as many bytes. Explained texts are made
anew for every request, since a command remembers none (`caches["content"]`). The database is the one of the environment;
`tests/postgres.py` brings a PostgreSQL.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ["LOG_LEVEL"] = "WARNING"
import portal.wsgi  # noqa: F401, I001  before all else: as in a worker

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.loader import get_template
from django.test.signals import template_rendered
from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment
from django.urls import path

from bench.figures import Figure, rounds
from foundation.pages.http import public_page
from portal import urls

ROUNDS = rounds(200)
PAGE = "/conditions/crmo/"
MOST = 1.5
SENTENCE = "A plain sentence of some length, as it stands on such a page, so that a family can read it at night. "
PLAIN = """{% extends "base.html" %}
{% block title %}{{ title }}{% endblock %}
{% block content %}<h1>{{ title }}</h1>
{% for heading, paragraphs in sections %}<section><h2>{{ heading }}</h2>
{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>
{% endfor %}</section>
{% endfor %}<ul>{% for url, label in links %}<li><a href="{{ url }}">{{ label }}</a></li>
{% endfor %}</ul>{% endblock %}"""
Ask = Callable[[], bytes]


def asking(address: str) -> Ask:
    """Asks for a page as a server would."""
    application = WSGIHandler()

    def ask() -> bytes:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": address,
            "HTTP_HOST": "localhost",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        answer = application(environ, lambda status, headers: None)
        body = b"".join(answer)
        answer.close()
        return body

    return ask


def fetched() -> dict[str, Any]:
    """The context of the page, with every row in it read already."""
    kept: list[Any] = []

    def keep(sender: Any, template: Any, context: Any, **rest: Any) -> None:
        if template.name == "conditions/condition.html":
            kept.append(context.flatten())

    setup_test_environment()
    template_rendered.connect(keep)
    asking(PAGE)()
    template_rendered.disconnect(keep)
    teardown_test_environment()
    site = {"request", "True", "False", "None", "block", "forloop"}
    return {name: value for name, value in kept[0].items() if name not in site}


def without_questions(size: int) -> None:
    """Adds the two pages to compare with to the site's addresses; the plain one has `size` bytes, within a hundred or so."""
    context = fetched()
    own, plain = get_template("conditions/condition.html"), engines["django"].from_string(PLAIN)
    words = {"title": "A plain page", "links": [(f"/conditions/c-{n}/", f"Condition number {n}") for n in range(12)]}

    def at_hand(request: HttpRequest) -> HttpResponse:
        request.path = PAGE
        return HttpResponse(own.render(dict(context), request))

    def plainly(request: HttpRequest) -> HttpResponse:
        return HttpResponse(plain.render(dict(words), request))

    urls.urlpatterns.insert(0, path("at-hand/", public_page(at_hand)))
    urls.urlpatterns.insert(0, path("plain/", public_page(plainly)))
    words["sections"] = []
    ask, paragraphs = asking("/plain/"), [SENTENCE.strip()] * 24
    while len(ask()) < size:
        missing = min((size - len(ask())) // (len(SENTENCE) + 7) + 1, len(paragraphs))
        words["sections"] = [*words["sections"], (f"Section {len(words['sections'])}", paragraphs[:missing])]  # type: ignore[misc]


def measure(pages: dict[str, Ask]) -> dict[str, float]:
    """Median milliseconds of CPU time of each, asked in turn after two warming rounds."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(ROUNDS + 2):
        for name, ask in pages.items():
            start = time.thread_time()
            ask()
            if number > 1:
                taken[name].append((time.thread_time() - start) * 1000)
    return {name: statistics.median(each) for name, each in taken.items()}


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)
    page = asking(PAGE)
    without_questions(len(page()))
    with CaptureQueriesContext(connection) as counted:
        page()
    queries = len(counted)

    pages = {"page": page, "at hand": asking("/at-hand/"), "plain": asking("/plain/")}
    figures = measure(pages)
    print(f"{connection.vendor}, {queries} queries{'':12}{'bytes':>8}{'ms of CPU':>11}{'to at hand':>12}{'to plain':>10}")
    for name, ask in pages.items():
        ratios = [figures[name] / figures[base] for base in ("at hand", "plain")]
        print(f"{name:32}{len(ask()):8}{figures[name]:11.2f}{ratios[0]:12.2f}{ratios[1]:10.2f}")
    for base, words in (
        ("at hand", "its own templates with all at hand"),
        ("plain", "a plain template page of as many bytes"),
    ):
        print(Figure(3, f"uncached CRMO page : {words}, CPU time", figures["page"] / figures[base], MOST))
