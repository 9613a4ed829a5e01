"""What families can ask for: conditions with a page, departments that take requests, and who answers for what."""

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import get_language

from conditions.models import Condition
from directory.models import Department


class Offer:
    """Asked for one page, in the reader's language. What a family chose is looked up; lists are read only to be shown."""

    def __init__(self) -> None:
        self._condition: dict[str, Condition | None] = {"": None}
        self._department: dict[str, Department | None] = {"": None}

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """By slug, in the order of their names."""
        return {row.slug: row for row in sorted(self._readable(), key=lambda row: row.name.casefold())}

    @cached_property
    def departments(self) -> list[Department]:
        """In their own order."""
        return list(self._taking())

    def condition(self, slug: str) -> Condition | None:
        """The one with this slug."""
        if slug not in self._condition:
            self._condition[slug] = next(iter(self._readable().prefetch_related(None).filter(slug=slug)), None)
        return self._condition[slug]

    def department(self, slug: str) -> Department | None:
        """The one with this slug."""
        if slug not in self._department:
            self._department[slug] = self._taking().filter(slug=slug).first()
        return self._department[slug]

    def treating(self, condition: str) -> list[Department]:
        """The departments that treat the condition with this slug; the one to call about it comes first."""
        row = self.condition(condition)
        return row.leading(self._taking().filter(conditions=row)) if row else []

    def candidates(self, *, condition: str, department: str = "") -> list[Department]:
        """The chosen department; without one those that treat the condition; without those all of them."""
        chosen = self.department(department)
        return [chosen] if chosen else self.treating(condition) or self.departments

    def _readable(self) -> QuerySet[Condition]:
        return Condition.objects.readable(get_language() or "en")

    def _taking(self) -> QuerySet[Department]:
        return Department.objects.filter(takes_requests=True)
