"""Rate limits, counted in the database so that every worker knows; who it was is kept only as a keyed hash."""

import logging
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from foundation.privacy.models import Attempts

log = logging.getLogger(__name__)
LONGEST = timedelta(days=1)  # the longest window; `purge` deletes what is older


def address(request: HttpRequest) -> str:
    """The visitor's network address, believing `X-Forwarded-For` only for the proxies that settings trust."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else request.META.get("REMOTE_ADDR", "")


def network(request: HttpRequest) -> str:
    """The visitor's network. One household is one visitor: an IPv6 address counts by its first 64 bits.

    A hospital or a school may be one as well, so whatever counts by it alone needs a bound in the hundreds.
    """
    host = address(request)
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(found, IPv4Address):
        return str(found)
    # A server that listens on both kinds of address sees 192.0.2.1 as ::ffff:192.0.2.1; all of those share their first 64 bits.
    return str(found.ipv4_mapped or ip_network(f"{found}/64", strict=False))


def allowed(request: HttpRequest, *, what: str, most: int, per: timedelta, who: str = "") -> bool:
    """Counts one attempt and tells whether it is within `most` in the current window of length `per` (at most a day).

    Counted is the visitor's network, or `who` (such as a normalised email address) where one is given. An attempt is counted
    before it is judged, so that of many at once no more than `most` are; `forget` after one that succeeds leaves failures.
    """
    window: dict[str, Any] = {"what": what, "who": _hash(who or network(request)), "started_at": _begins(per)}
    with transaction.atomic():
        attempts, first = Attempts.objects.select_for_update().get_or_create(**window)
        if not first:
            attempts.count += 1
            attempts.save(update_fields=["count"])
    if attempts.count == most + 1:
        log.warning("the limit of %s was reached", what)
    return attempts.count <= most


def forget(*, what: str, per: timedelta, who: str) -> None:
    Attempts.objects.filter(what=what, who=_hash(who), started_at=_begins(per)).delete()


def ends(per: timedelta) -> datetime:
    return _begins(per) + per


def _begins(per: timedelta) -> datetime:
    seconds = int(per.total_seconds())
    return datetime.fromtimestamp(int(timezone.now().timestamp()) // seconds * seconds, UTC)


def _hash(who: str) -> str:
    return salted_hmac("privacy.limits", who, algorithm="sha256").hexdigest()
