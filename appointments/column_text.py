"""A column of a request as a label and words to read. Reads personal data."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from appointments import choices, status_text, time_text
from appointments.models import Request
from directory.hours import zone_in_words
from directory.states import STATES
from foundation.pages.languages import language_name

LABELS = {
    "how": gettext_lazy("How to reach them"),
    "message": gettext_lazy("Leave a message?"),
    "former": gettext_lazy("Email before"),
    "days": gettext_lazy("Good days"),
    "earliest": gettext_lazy("Not before"),
    "avoid": gettext_lazy("Not then"),
    "preferred": gettext_lazy("Best"),
    "taken": gettext_lazy("Your visit"),
    "freed": gettext_lazy("Visit that you gave back"),
    "location": gettext_lazy("Where"),
    "room": gettext_lazy("Room"),
}
FOR_FAMILIES = {  # where a family reads its own answers
    "asker": gettext_lazy("Who asks"),
    "asker_name": gettext_lazy("Asked by"),
    "how": gettext_lazy("First way to reach you"),
    "days": gettext_lazy("Days and times"),
    "earliest": gettext_lazy("Earliest day"),
    "avoid": gettext_lazy("Days that do not work"),
    "preferred": gettext_lazy("Times you like best"),
    "location": gettext_lazy("Place you would like"),
    "state": gettext_lazy("State during a video visit"),
    "help_needed": gettext_lazy("Other help"),
}
PARTS: list[tuple[Any, list[str]]] = [  # what a family told us, in the order in which it is read
    (
        gettext_lazy("Who"),
        ["child_name", "child_liked_name", "child_born", "asker_name", "asker", "phone", "email", "contact"],
    ),
    (
        gettext_lazy("What"),
        [
            *("department", "condition", "visit", "mode", "location", "state"),
            *("language", "interpreter", "help_needed", "referring_doctor", "note"),
        ],
    ),
    (gettext_lazy("When they can"), ["wishes"]),
]
OF_A_PATIENT = {  # who asked for no child
    "child_name": gettext_lazy("Name on records"),
    "child_liked_name": gettext_lazy("Liked name"),
    "child_born": gettext_lazy("Date of birth"),
}


def describe_all(
    row: Request, closed: list[str], own: Mapping[str, Any] | None = None
) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, (label, words) of each answer) of the parts of a request; see `describe`."""
    return [(str(title), [pair for name in names for pair in describe(row, name, closed, own)]) for title, names in PARTS]


def describe(row: Request, name: str, closed: list[str], own: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """(label, words) of one column; none if it is empty, several for `wishes` and `contact`. `closed` names what does not open.

    `own` are labels that go before ours. Raises Unreadable for what does not open and is not `closed`.
    """
    labels = {**LABELS, **(own or {})}
    field: Any = row._meta.get_field(name)
    is_patient = getattr(row, "asker", "") == Request.Asker.PATIENT
    label = capfirst(str((OF_A_PATIENT.get(name) if is_patient else None) or labels.get(name) or field.verbose_name))
    if name in closed:
        return [(label, _("cannot be read any more"))]
    if name in {"contact", "wishes"}:
        return [(str(labels[key]), text) for key, value in row.read(name).items() if (text := _text(key, value))]
    value = getattr(row, f"get_{name}_display")() if field.choices and name not in AS_TEXT else getattr(row, name)
    return [(label, str(AS_TEXT.get(name, str)(value)))] if value else []


def _text(key: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_text(key, each) for each in value)
    return str(AS_TEXT.get(key, str)(value)) if value else ""


def _label(choices: type[TextChoices]) -> Callable[[str], Any]:
    return lambda value: dict(choices.choices).get(value, value)


def _day(text: str) -> str:
    return time_text.long_day(datetime.fromisoformat(text))


def _with_age(text: str) -> str:
    """Like “Tuesday, April 3, 2018 (8 years)”."""
    years = time_text.age(date.fromisoformat(text), timezone.localdate())
    return _("%(day)s (%(years)d years)") % {"day": _day(text), "years": years}


def _name(row: Any) -> str:
    """Of a row that is called something in each language."""
    return str(row.words["name"])


AS_TEXT: dict[str, Callable[[Any], Any]] = {
    "department": _name,
    "location": _name,
    "condition": lambda row: row.name,
    "child_born": _with_age,
    "interpreter": lambda value: dict(choices.interpreters()).get(value, value),
    "state": lambda code: STATES.get(code, code),
    "days": _label(choices.HalfDay),
    "earliest": _day,
    "site_language": language_name,
    "zone": zone_in_words,
    "verb": status_text.done,
    "what": status_text.done,
    "taken": status_text.when,
    "freed": status_text.when,
    "undone": lambda yes: _("yes"),
    "how": _label(choices.How),
    "message": _label(choices.Message),
}
