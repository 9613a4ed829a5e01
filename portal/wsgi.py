"""The WSGI application that granian serves: Django, behind the pages that are finished already."""

import gc
import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

from portal.server.stalled import StallGuard

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ.setdefault("DATABASE_PATIENCE", "5")  # people wait for this process, unlike for migrations and backups
if hasattr(os, "SCHED_BATCH"):  # Linux: a thread that wakes waits its turn instead of interrupting; half as many pages more
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
django = StallGuard(get_wsgi_application())

from django.conf import settings  # noqa: E402  settings can be read from here on
from django.template.loader import get_template  # noqa: E402  and Django be asked
from django.urls import reverse  # noqa: E402
from django.utils.translation import override  # noqa: E402

from portal.pagecache.application import PageCache  # noqa: E402

application = PageCache(django) if settings.PAGE_CACHE_MB else django

for language, _name in settings.LANGUAGES:  # what the first reader would wait for: addresses, words, templates
    with override(language):
        reverse("home")
get_template("conditions/condition.html")
gc.collect()
gc.freeze()  # what is loaded stays, so nobody need look through it for what is no longer used
gc.set_threshold(10_000)  # new objects, instead of 700: a request makes some thousands, and leaves next to none
