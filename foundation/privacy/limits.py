"""Rate limits, counted in the database so that every worker knows; the address is kept only as a keyed hash."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from foundation.privacy.models import Attempts


def address(request: HttpRequest) -> str:
    """The visitor's network address, believing `X-Forwarded-For` only for the proxies that settings trust."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else request.META.get("REMOTE_ADDR", "")


def allowed(request: HttpRequest, *, what: str, most: int, per: timedelta) -> bool:
    """Counts one attempt and tells whether it is within `most` in the current window of length `per`."""
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(timezone.now().timestamp()) // seconds * seconds, UTC)
    key: dict[str, Any] = {
        "what": what,
        "who": salted_hmac("privacy.limits", address(request)).hexdigest(),
        "started_at": start,
    }
    with transaction.atomic():
        if not Attempts.objects.filter(**key).update(count=F("count") + 1):
            row, made = Attempts.objects.get_or_create(**key)
            if made:
                Attempts.objects.filter(what=what, started_at__lt=start).delete()
            else:
                Attempts.objects.filter(pk=row.pk).update(count=F("count") + 1)
        return Attempts.objects.get(**key).count <= most
