"""What families can ask for: conditions with a page, departments that take requests, and who answers for what."""

from django.utils.functional import cached_property
from django.utils.translation import get_language

from conditions.models import Condition
from directory.models import Department


class Offer:
    """Read once for a page, in the reader's language."""

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """By slug, in the order of their names."""
        found = Condition.objects.readable(get_language() or "en")
        return {row.slug: row for row in sorted(found, key=lambda row: row.name.casefold())}

    @cached_property
    def departments(self) -> dict[str, Department]:
        """By slug, in their own order, with the conditions they treat."""
        found = Department.objects.filter(takes_requests=True).prefetch_related("conditions")
        return {row.slug: row for row in found}

    def treating(self, condition: str) -> list[Department]:
        """The departments that treat the condition with this slug."""
        return [row for row in self.departments.values() if any(row.slug == condition for row in row.conditions.all())]

    def candidates(self, *, condition: str, department: str = "") -> list[Department]:
        """The chosen department; without one those that treat the condition; without those all of them."""
        chosen = [self.departments[department]] if department in self.departments else []
        return chosen or self.treating(condition) or list(self.departments.values())
