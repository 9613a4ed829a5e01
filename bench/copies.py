"""For `bench/serving.py`: makes so many condition pages with the text of the CRMO page, and prints their paths."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
import django

django.setup()

from conditions.models import Edition, Section
from tests import factories

if __name__ == "__main__":
    model = Edition.objects.live().get(condition__slug="crmo", language="en")
    words = {name: getattr(model, name) for name in ("summary", "key_points", "ask_us", "call_today", "emergency")}
    sections = list(model.sections.all())
    for number in range(int(sys.argv[1])):
        edition = factories.draft(factories.condition(f"copy-{number}"), sections=(), **words)
        Section.objects.bulk_create(
            Section(edition=edition, order=row.order, kind=row.kind, body=row.body) for row in sections
        )
        factories.publish(edition)
        print(edition.condition.get_absolute_url())
