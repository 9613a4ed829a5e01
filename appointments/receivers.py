"""Which departments somebody receives requests for: an inbox, or a coordinator who can sign in and may work on them."""

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from appointments.models.request import WORKS
from directory.models import Department


def receiving() -> QuerySet[Department]:
    """Those that take requests, and where one that arrives is noticed."""
    works = User.objects.with_perm(WORKS).filter(is_staff=True, coordinated_departments=OuterRef("pk"))
    return Department.objects.filter(Exists(works) | ~Q(inbox=""), takes_requests=True)


def deaf() -> QuerySet[Department]:
    """Those that take requests, and where nobody would notice one."""
    return Department.objects.filter(takes_requests=True).exclude(pk__in=receiving().order_by().values("pk"))
