"""What of a colleague who leaves somebody must go on with: departments that nobody else receives for, and requests; and their feed."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.actions.calendar_feed import take_back
from appointments.actions.staff import hand_on
from appointments.models import Request
from appointments.models.request import workers
from directory.models import Department
from foundation.adminkit.rights import KIND
from foundation.audit.actions import record
from foundation.audit.values import Change
from foundation.duties import Access, Duty
from foundation.outbox.actions import post


def _received_alone(user: User) -> QuerySet[Department]:
    """Nobody else who can sign in coordinates them, and no inbox but perhaps this person's own."""
    others = workers().exclude(pk=user.pk).filter(coordinated_departments=OuterRef("pk"))
    own_inbox = Q(inbox="") | (Q(inbox__iexact=user.email) if user.email else Q(pk=None))
    return Department.objects.filter(own_inbox, ~Exists(others), coordinators=user)


def _give_departments(*, user: User, to: User, by: User) -> None:
    for department in _received_alone(user):
        department.coordinators.add(to)
        if department.inbox:
            Department.objects.filter(pk=department.pk).update(inbox=to.email)
        _record(department, by=by, old=user.get_username(), new=to.get_username())


def _leave_departments(*, user: User, by: User) -> int:
    """Also those that others coordinate as well."""
    departments = list(user.coordinated_departments.all())
    for department in departments:
        department.coordinators.remove(user)
        _record(department, by=by, old=user.get_username(), new="")
    return len(departments)


def _record(department: Department, *, by: User, old: str, new: str) -> None:
    """Who coordinates reads what families told us: whoever watches over rights is told."""
    change = Change(field=str(_("coordinators")), old=old, new=new)
    post(kind=KIND, object_id=record(by=by, verb="handed on", obj=department, changes=[change]).pk)


def _taken(user: User) -> QuerySet[Request]:
    return Request.objects.open().filter(taken_by=user).select_related("department")


def _give_requests(*, user: User, to: User, by: User) -> None:
    for request in _taken(user):
        hand_on(request=request, by=by, to=to)


def _end_feed(*, user: User, by: User) -> int:
    clinician = getattr(user, "clinician", None)
    return take_back(clinician=clinician, by=by) if clinician else 0


DUTIES: list[Duty | Access] = [
    Duty("departments", _("Departments that nobody else receives requests for"), _received_alone, workers, _give_departments),
    Duty("requests", _("Requests they work on"), _taken, workers, _give_requests),
    Access(_("coordinated departments"), _leave_departments),
    Access(_("calendar addresses"), _end_feed),
]
