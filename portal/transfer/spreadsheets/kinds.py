"""What can be moved in, and by which columns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.models import Clinician, Department
from news.models import NewsItem
from portal.transfer.spreadsheets.columns import Choice, Column, Day, Flag, Links, Long, Number

SLUG = Column("slug")


@dataclass(frozen=True)
class Kind:
    """A kind of row. `named` is the column that a missing slug is made from; `fixed` is what every new row has.

    `refuse` says in a sentence why a row that is there is not for this file.
    """

    name: str
    label: str | Promise
    model: type[Any]
    named: str
    columns: tuple[Column, ...]
    fixed: dict[str, Any] = field(default_factory=dict)
    refuse: Callable[[Any], str] = lambda row: ""

    @property
    def headings(self) -> list[str]:
        """As the first row of the file names them."""
        return [SLUG.name, *(column.name for column in self.columns)]

    def allowed(self, user: Any) -> bool:
        """To who may add and change such rows."""
        app, model = self.model._meta.app_label, self.model._meta.model_name
        return user.has_perms([f"{app}.add_{model}", f"{app}.change_{model}"])


def _own_article(item: NewsItem) -> str:
    return _("This address belongs to an article of our own.") if item.kind == NewsItem.Kind.ARTICLE else ""


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "departments",
            gettext_lazy("Departments, services and centers"),
            Department,
            "name",
            (
                Choice("kind", "department"),
                Column("name", "Pediatric Rheumatology"),
                Column("summary", "We care for children whose joints or bones are inflamed."),
                Column("phone", "212 555 0142"),
                Column("after_hours_phone", "212 555 0100"),
                Column("after_hours_words", "Ask for the doctor on call."),
                Column("after_hours_words_es"),
                Column("email", "rheumatology@example.org"),
                Long("text", "What we do, in **plain** words."),
                Links("locations"),
                Column("what_to_bring", "Earlier letters and pictures"),
                Flag("in_person", "yes"),
                Flag("virtual", "no"),
                Flag("takes_requests", "yes"),
                Column("licensed_states", "NY, NJ"),
                Number("answers_within", "16"),
                Number("offers_hold", "72"),
                Column("inbox"),
                Number("order", "0"),
            ),
        ),
        Kind(
            "clinicians",
            gettext_lazy("Clinicians"),
            Clinician,
            "name",
            (
                Column("name", "Kim Sample"),
                Column("credentials", "MD"),
                Column("role", "Pediatric rheumatologist"),
                Links("departments"),
                Long("text", "How I work, in **plain** words."),
            ),
        ),
        Kind(
            "news",
            gettext_lazy("News elsewhere"),
            NewsItem,
            "title",
            (
                Column("title", "A hospital that listens"),
                Column("source_name", "Example Gazette"),
                Column("source_url", "https://gazette.example.org/a-hospital-that-listens"),
                Day("source_date", "2026-03-09"),
                Column("summary", "How families and doctors plan together."),
                Choice("language", "en"),
                Links("conditions"),
            ),
            {"kind": NewsItem.Kind.COVERAGE},
            _own_article,
        ),
    )
}
