"""Which departments families can ask, which of them answers, and where a request that arrives is noticed."""

from functools import cache

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from appointments.models.request import SEES_ALL, WORKS, workers
from conditions.models import Condition
from directory.models import Department, Location


def readable_conditions() -> QuerySet[Condition]:
    return Condition.objects.readable(get_language() or "en")


def find_condition(slug: str) -> Condition | None:
    return readable_conditions().filter(slug=slug).first() if slug else None


def taking_requests() -> QuerySet[Department]:
    return Department.objects.filter(takes_requests=True)


def places() -> QuerySet[Location]:
    """Where departments that take requests meet families."""
    return Location.objects.filter(departments__in=taking_requests().filter(in_person=True)).distinct()


def find_department(slug: str) -> Department | None:
    return taking_requests().filter(slug=slug).first() if slug else None


def treating(condition: Condition | None) -> list[Department]:
    """Those that treat it; the one to call about it comes first."""
    return condition.leading(taking_requests().filter(conditions=condition)) if condition else []


def candidates(condition: Condition | None, department: Department | None) -> list[Department]:
    """The chosen department; without one those that treat the condition; without those all of them."""
    return [department] if department else treating(condition) or list(taking_requests())


def coordinators_of(department: Department) -> QuerySet[User]:
    """Who can sign in, may work on requests and sees those of the department."""
    everywhere = User.objects.with_perm(SEES_ALL).values("pk")
    return workers().filter(Q(coordinated_departments=department) | Q(pk__in=everywhere)).distinct()


def coordinates_nothing(user: User) -> bool:
    """Whether the user may work on requests, but is shown none, since no department names them."""
    works_on_some = user.has_perm(WORKS) and not user.has_perm(SEES_ALL)
    return works_on_some and not Department.objects.filter(coordinators=user).exists()


@cache  # to build it takes longer than to ask it
def _coordinators() -> Exists:
    """Of a department: somebody who can sign in and may work on requests."""
    return Exists(workers().filter(coordinated_departments=OuterRef("pk")))


def with_receiver() -> QuerySet[Department]:
    """Those where a request is noticed: by an inbox, or by a coordinator."""
    return taking_requests().filter(_coordinators() | ~Q(inbox=""))


def without_receiver() -> QuerySet[Department]:
    return taking_requests().filter(~_coordinators(), inbox="")
