"""Giving requests to the hospital's systems: at least once over the line, exactly once by the number that they answer with."""

import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from appointments import business_hours
from appointments.handover import fhir
from appointments.models import HandOver, ReceivingSystem, Request
from foundation.adminkit.rights import KIND
from foundation.audit.actions import record
from foundation.outbox.actions import post
from foundation.privacy import tokens
from foundation.privacy.keys import Unreadable
from foundation.workflow import Refused, Who, check_permission

MOST = 50  # documents in one answer
LEASE = timedelta(minutes=10)  # after which what was not answered is given out again
RIGHT = "appointments.change_receivingsystem"
Status = HandOver.Status
log = logging.getLogger(__name__)


def post_to_systems(request: Request, *, systems: QuerySet[ReceivingSystem] | None = None) -> None:
    """Puts the request, as it stands at the commit, in front of every system that may have it or had it.

    In the caller's transaction, which holds the request's row.
    """
    for system in ReceivingSystem.objects.concerned_by(request) if systems is None else systems:
        last = HandOver.objects.filter(request=request, system=system).aggregate(last=Max("version"))["last"] or 0
        late_at = business_hours.due(request.department, hours=1)
        HandOver.objects.create(request=request, system=system, version=last + 1, late_at=late_at)


@transaction.atomic
def lease(system: ReceivingSystem, *, most: int = MOST) -> list[HandOver]:
    """Takes what waits for the system; nobody else gets it until the lease is over. Reading is recorded."""
    now = timezone.now()
    ready: Any = HandOver.objects.ready_for(system, now).select_for_update(of=("self",), skip_locked=True)
    related = ready.select_related("system", "request__department", "request__condition", "request__location")
    found = related.prefetch_related(
        *("request__condition__names", "request__department__locations"),
        *("request__times__clinician", "request__times__location"),
    )
    rows = list(found[:most])
    HandOver.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    ReceivingSystem.objects.filter(pk=system.pk).update(asked_at=now)
    for row in rows:
        record(by=actor(system), verb="fetched", obj=row.request, version=row.version)
    return rows


def documents(rows: list[HandOver]) -> list[fhir.Resource]:
    """What cannot be read stays behind: staff see that nobody took it."""
    found = []
    for row in rows:
        try:
            found.append(fhir.document(row))
        except Unreadable as fault:
            log.exception("request %s cannot be handed over: %s is unreadable", row.request_id, fault.args[0])
    return found


@transaction.atomic
def answer(system: ReceivingSystem, *, document: str, status: str, number: str = "", reason: str = "") -> HandOver:
    """Notes what became of one document, once. Raises HandOver.DoesNotExist, or Refused for another answer than the first."""
    reference, _dot, version = document.rpartition(".")
    which = {"request__reference": reference, "version": int(version) if version.isdecimal() else 0}
    row = HandOver.objects.select_for_update(of=("self",)).select_related("request").get(system=system, **which)
    if row.status == Status.WAITING:
        close_hand_over(row, status=status, number=number, reason=reason)
        record(by=actor(system), verb=status, obj=row.request, version=row.version)
    elif row.status != status or (row.number != number and not row.request.erased_at):
        raise Refused("This document was answered before, and otherwise.")
    return row


def close_hand_over(row: HandOver, *, status: str, number: str, reason: str = "") -> None:
    """Of an erased request nothing is kept that would lead to a person again."""
    row.status, row.answered_at, row.leased_until = status, timezone.now(), None
    if not row.request.erased_at:
        row.number, row.reason = number, reason
    row.save(update_fields=["status", "answered_at", "leased_until", "number", "reason"])


@transaction.atomic
def make_token(system: ReceivingSystem, *, by: User, form: str) -> str:
    """A token, shown once and kept as a hash alone. The one before opens nothing any more.

    What is open and was never given to it waits for it from now on. The same `form` sent twice makes the same token.
    """
    check_permission(by, RIGHT)
    token, token_hash = tokens.made_from(form)
    if system.token_hash == token_hash:
        return token
    system.token_hash = token_hash
    system.save(update_fields=["token_hash"])
    post(kind=KIND, object_id=record(by=by, verb="made a token for", obj=system).pk)
    post_what_is_open(system)
    return token


@transaction.atomic
def revoke_token(system: ReceivingSystem, *, by: User) -> None:
    check_permission(by, RIGHT)
    system.token_hash = None
    system.save(update_fields=["token_hash"])
    post(kind=KIND, object_id=record(by=by, verb="revoked the token of", obj=system).pk)


def post_what_is_open(system: ReceivingSystem) -> None:
    """Every open request of its departments that it never was given. In the caller's transaction."""
    if system.token_hash is None:
        return
    rows = Request.objects.open().filter(department__in=system.departments.all()).exclude(hand_overs__system=system)
    for row in rows.select_related("department").order_by("pk"):
        post_to_systems(row, systems=ReceivingSystem.objects.filter(pk=system.pk))


def actor(system: ReceivingSystem) -> Who:
    return f"system {system.name}"
