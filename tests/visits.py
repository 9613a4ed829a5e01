"""A department with a clinician, and visits there: what tests of visits begin with."""

from datetime import UTC, datetime, timedelta

from django.core import mail

from appointments.actions.booking import Slot
from tests import factories
from tests.outbox import deliver_one

NOW = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)  # Tuesday, 10 am in New York
VISIT = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)


def department(*, licensed_states="", **fields):
    row = factories.department(**fields)
    row.locations.add(factories.location())
    factories.clinician(licensed_states=licensed_states).departments.add(row)
    return row


def slot(case, at=VISIT, **fields):
    values = {"clinician": case.department.clinicians.get(), "location": case.department.locations.get()} | fields
    return Slot(starts_at=at, ends_at=at + timedelta(minutes=45), zone="America/New_York", **values)


def sent():
    """The mails that leave now."""
    before = len(mail.outbox)
    while deliver_one():
        pass
    return mail.outbox[before:]
