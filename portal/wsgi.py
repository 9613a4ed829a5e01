"""The WSGI application that granian serves: Django, behind the pages that are finished already."""

import gc
import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

from portal.server.whole_body import short_addresses, whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
os.environ.setdefault("DATABASE_PATIENCE", "5")  # people wait for this process, unlike for migrations and backups
if hasattr(os, "SCHED_BATCH"):  # Linux: a thread that wakes waits its turn instead of interrupting; half as many pages more
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
django = whole_bodies(get_wsgi_application())

from django.conf import settings  # noqa: E402  settings can be read from here on
from django.urls import reverse  # noqa: E402  and Django be asked
from django.utils.translation import override  # noqa: E402

from portal.pagecache.application import PageCache  # noqa: E402
from portal.pagecache.content_version import monitor  # noqa: E402

monitor.by_itself = True
application = short_addresses(PageCache(django) if settings.PAGE_CACHE_MB else django)

# Addresses and words: in memory once for all workers, which are forks of this process.
for language in dict(settings.LANGUAGES):
    with override(language):
        reverse("home")
gc.collect()
gc.freeze()  # what is loaded stays, so nobody need look through it for what is no longer used, nor copy it by looking
