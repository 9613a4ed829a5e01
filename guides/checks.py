"""What `manage.py check --deploy` knows of a hospital's duties towards its visitors.

It reminds; it is no advice. A duty that a hospital does not have is named in the setting NOT_NEEDED, with the reason.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, Warning as Reminder
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils import timezone

from guides.models import Notice

PRIVACY_SINCE = date(2026, 2, 16)  # 45 CFR 164.520: words on records of substance use (42 CFR Part 2)
LANGUAGES = 16  # 45 CFR 92.11: English and the fifteen most spoken in the state by people who read little English
OTHER_DUTIES = {"languages", "age-of-majority", "retention"}
HINT = "Or name it in NOT_NEEDED, like {duty}=reason."


@checks.register(deploy=True)
def duties_in_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_settings_left(), *_unknown_duties()]


@checks.register(Tags.database, deploy=True)
def duties_in_database(databases: Iterable[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Asks the default database where none is named, since `check --deploy` names none."""
    found: list[CheckMessage] = []
    for alias in databases or [DEFAULT_DB_ALIAS]:
        try:
            notices = list(Notice.objects.using(alias).in_force())
        except DatabaseError:
            found.append(Info("The notices could not be asked for. Run this again after `migrate`.", id="guides.I001"))
        else:
            found += [*_missing(notices), *_old(notices), *_samples(notices), *_languages(notices)]
    return found


def _settings_left() -> Iterator[CheckMessage]:
    words = {
        "AGE_OF_MAJORITY": "the age from which a patient, and no parent, signs: 18 in most states, 19 in Alabama and Nebraska, 21 in Mississippi",
        "RETENTION_DAYS": "for how long you keep what families told you",
    }
    for number, (name, meaning) in enumerate(words.items(), start=5):
        duty = name.lower().replace("_days", "").replace("_", "-")
        if name in settings.LEFT_AT_DEFAULT and _is_needed(duty):
            message = f"{name} is not set, so {getattr(settings, name)} counts: {meaning}."
            yield Reminder(message, hint=HINT.format(duty=duty), id=f"guides.W00{number}")


def _unknown_duties() -> Iterator[CheckMessage]:
    known = {*Notice.Kind.values, *OTHER_DUTIES}
    for duty in sorted(settings.NOT_NEEDED.keys() - known):
        yield Reminder(f"NOT_NEEDED names “{duty}”, which is none of: {', '.join(sorted(known))}.", id="guides.W007")


def _missing(notices: list[Notice]) -> Iterator[CheckMessage]:
    there = {notice.kind for notice in notices}
    for kind in Notice.Kind:
        if kind not in there and _is_needed(kind):
            yield Reminder(f"There is no notice “{kind}” in force.", hint=HINT.format(duty=kind), id="guides.W001")


def _old(notices: list[Notice]) -> Iterator[CheckMessage]:
    for notice in (notice for notice in notices if _is_needed(notice.kind)):
        if notice.next_review and notice.next_review < timezone.localdate():
            yield Reminder(f"The review of the notice “{notice.kind}” ({notice.language}) is overdue.", id="guides.W002")
        if notice.kind == Notice.Kind.PRIVACY and notice.effective_on and notice.effective_on < PRIVACY_SINCE:
            since = f"The privacy notice ({notice.language}) is older than {PRIVACY_SINCE}, when new words became due."
            yield Reminder(since, id="guides.W003")


def _samples(notices: list[Notice]) -> Iterator[CheckMessage]:
    for notice in (notice for notice in notices if notice.is_sample and _is_needed(notice.kind)):
        yield Error(f"The notice “{notice.kind}” ({notice.language}) is still our sample text.", id="guides.E001")


def _languages(notices: list[Notice]) -> Iterator[CheckMessage]:
    count = len({notice.language for notice in notices if notice.kind == Notice.Kind.LANGUAGE_HELP})
    if count < LANGUAGES and _is_needed("languages"):
        message = (
            f"Language help is told in {count} languages; English and the fifteen most spoken in your state are {LANGUAGES}."
        )
        yield Reminder(message, hint=HINT.format(duty="languages"), id="guides.W004")


def _is_needed(duty: str) -> bool:
    return duty not in settings.NOT_NEEDED
