"""An editor inside the site: `python -m tests.cluster.inside` does what each line says and answers with the moment it was done.

Moments are CLOCK_MONOTONIC's seconds, which all processes of a machine share.
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import close_old_connections, transaction  # noqa: E402

from conditions.actions import withdraw as withdraw_edition  # noqa: E402
from conditions.models import Edition  # noqa: E402
from news.models import NewsItem  # noqa: E402
from tests.cluster.readers import SLUG  # noqa: E402


def publish(number):
    """The news item says this number from now on."""
    with transaction.atomic():
        item = NewsItem.objects.filter(slug=SLUG).first() or NewsItem(slug=SLUG, title="Of the cluster", summary="Counts.")
        item.text = f"<p>This is number {int(number)}.</p>"
        item.publish()


def fill(count):
    """So many news items more, each with a text of its own of some 20 KB."""
    text = "<p>" + "Families ask for words they understand, and this is such a sentence. " * 30 + "</p>"
    for number in range(int(count)):
        item = NewsItem(slug=f"one-of-many-{number}", title=f"One of many {number}", summary="One of many.")
        item.text = f"<p>Own text {number}.</p>" + text * 8
        item.publish()


def withdraw(slug):
    """Takes the whole page of a condition down."""
    edition = Edition.objects.live().get(condition__slug=slug, language="en")
    withdraw_edition(edition=edition, by="cluster test", reason="A dose is being checked.", whole_page=True)


if __name__ == "__main__":
    verbs = {"publish": publish, "fill": fill, "withdraw": withdraw}
    for line in sys.stdin:
        verb, *words = line.split()
        close_old_connections()
        verbs[verb](*words)
        print(time.monotonic(), flush=True)
