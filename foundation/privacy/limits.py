"""Rate limits, counted in the database so that every worker knows; who it was is kept only as a keyed hash."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from foundation.privacy.models import Attempts

LONGEST = timedelta(days=1)  # the longest window; `purge` deletes what is older
# One statement, so that no two count the same attempt, and one round trip on the way of every request.
COUNT = (
    "INSERT INTO privacy_attempts (what, who, started_at, count) VALUES (%s, %s, %s, 1) "
    "ON CONFLICT (what, who, started_at) DO UPDATE SET count = privacy_attempts.count + 1 RETURNING count"
)


def address(request: HttpRequest) -> str:
    """The visitor's network address, believing `X-Forwarded-For` only for the proxies that settings trust."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else request.META.get("REMOTE_ADDR", "")


def allowed(request: HttpRequest, *, what: str, most: int, per: timedelta, who: str = "") -> bool:
    """Counts one attempt and tells whether it is within `most` in the current window of length `per` (at most a day).

    Counted is the visitor's network, or `who` (such as a normalised email address) where one is given.
    """
    with connection.cursor() as cursor:
        cursor.execute(*counting(request, what=what, per=per, who=who))
        return bool(cursor.fetchone()[0] <= most)


def counting(request: HttpRequest, *, what: str, per: timedelta, who: str = "") -> tuple[str, list[Any]]:
    """The statement with which `allowed` counts, and its values; it answers how many attempts there were by now."""
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(timezone.now().timestamp()) // seconds * seconds, UTC)
    counted = salted_hmac("privacy.limits", who or _network(address(request)), algorithm="sha256").hexdigest()
    return COUNT, [what, counted, Attempts._meta.get_field("started_at").get_db_prep_value(start, connection)]


def _network(host: str) -> str:
    """One household is one visitor: an IPv6 address counts by its first 64 bits."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return str(ip_network(f"{found}/64", strict=False)) if found.version == 6 else host
