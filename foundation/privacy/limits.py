"""Rate limits, counted in the database so that every worker knows; who it was is kept only as a keyed hash."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from foundation.privacy.models import Attempts

LONGEST = timedelta(days=1)  # the longest window; `purge` deletes what is older


def address(request: HttpRequest) -> str:
    """The visitor's network address, believing `X-Forwarded-For` only for the proxies that settings trust."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else request.META.get("REMOTE_ADDR", "")


def allowed(request: HttpRequest, *, what: str, most: int, per: timedelta, who: str = "") -> bool:
    """Counts one attempt and tells whether it is within `most` in the current window of length `per` (at most a day).

    Counted is the visitor's network, or `who` (such as a normalised email address) where one is given.
    """
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(timezone.now().timestamp()) // seconds * seconds, UTC)
    counted = salted_hmac("privacy.limits", who or _network(address(request)), algorithm="sha256").hexdigest()
    key: dict[str, Any] = {"what": what, "who": counted, "started_at": start}
    with transaction.atomic():
        if not Attempts.objects.filter(**key).update(count=F("count") + 1):
            made = Attempts.objects.get_or_create(**key)[1]
            if made:
                _forget(what, before=start - per)
            else:
                Attempts.objects.filter(**key).update(count=F("count") + 1)
        return Attempts.objects.get(**key).count <= most  # our own update holds the row until the end: the count is exact


def _forget(what: str, *, before: datetime) -> None:
    """Deletes windows that are over for sure; leaves those that somebody else is deleting at this moment."""
    over = Attempts.objects.select_for_update(skip_locked=True).filter(what=what, started_at__lt=before)
    Attempts.objects.filter(pk__in=over.values("pk")).delete()


def _network(host: str) -> str:
    """One household is one visitor: an IPv6 address counts by its first 64 bits."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else host
