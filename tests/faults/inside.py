"""What runs inside the site under test, with its environment: `python -m tests.faults.inside drafts 100`, `later`, `report`."""

import json
import os
import sys
import time
from collections import Counter
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from appointments.messages import about_requests  # noqa: E402
from appointments.models import Draft, Request  # noqa: E402
from foundation.audit.actions import faults  # noqa: E402
from foundation.privacy import tokens  # noqa: E402


def answers(number):
    """Of the family with this number, as the steps keep them."""
    return {
        "memory": {"began": (timezone.now() - timedelta(minutes=5)).isoformat(), "restarted": False},
        "you": {"asker": ["parent"], "name": ["Pat Sample"], "confirm": ["on"]},
        "child": {"name": [f"Kim Sample {number}"], "born_month": ["4"], "born_day": ["23"], "born_year": ["2018"]},
        "visit": {"department": ["pediatric-rheumatology"], "visit": ["new"], "mode": ["in-person"], "interpreter": ["no"]},
        "contact": {"email": [f"p{number}@families.example.org"], "phone": [""], "how": ["email"]},
        "times": {},
    }


def drafts(count):
    """Makes drafts that only the last step lacks; prints their secrets."""
    made = [tokens.new() for _number in range(int(count))]
    first = Draft.objects.count() + Request.objects.count()
    rows = [
        Draft(key=key, answers=json.dumps(answers(number)), expires_at=timezone.now() + timedelta(hours=24))
        for number, (_secret, key) in enumerate(made, first)
    ]
    Draft.objects.bulk_create(rows, batch_size=500)
    print(json.dumps([secret for secret, _key in made]))


def later():
    """As if the leases of dead senders and the waits between tries were over. Only while nobody sends."""
    about_requests().filter(status="waiting").update(leased_until=None, next_try_at=timezone.now())


def report(seconds="0"):
    """What is in the database, once no message waits any more or the seconds are over."""
    until = time.monotonic() + float(seconds)
    while about_requests().filter(status="waiting").exists() and time.monotonic() < until:
        time.sleep(0.2)
    rows = Request.objects.annotate(written=Count("events"))
    inbox = dict(Request.objects.values_list("pk", "department__inbox"))
    wanted = Counter({(pk, "received"): 1 for pk in inbox} | {(pk, "inbox"): 1 for pk, address in inbox.items() if address})
    print(
        json.dumps(
            {
                "references": dict(rows.values_list("draft_key", "reference")),
                "not one step": rows.exclude(written=1).count(),
                "messages as they should be": Counter(about_requests().values_list("object_id", "kind")) == wanted,
                "messages": dict(about_requests().values_list("message_id", "status")),
                "most tries": about_requests().order_by("-attempts").values_list("attempts", flat=True).first(),
                "audit faults": list(faults()),
            }
        )
    )


if __name__ == "__main__":
    {"drafts": drafts, "later": later, "report": report}[sys.argv[1]](*sys.argv[2:])
