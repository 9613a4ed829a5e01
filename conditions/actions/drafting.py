"""From nothing, or from an earlier version, to a text that waits for its reviewers; and back."""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from conditions.actions.log import log_event, move
from conditions.models import Condition, Edition, Section, Source
from conditions.models.edition import TEXT_FIELDS
from foundation.pictures.models import LibraryPicture
from foundation.workflow import Refused, Who, check_permission


class Gap(NamedTuple):
    """Something an edition lacks: what to do, and the id on its edit page where to do it ("" for the condition's page)."""

    words: str
    place: str


@transaction.atomic
def start_draft(*, condition: Condition, language: str, by: Who) -> Edition:
    """A new open draft: a copy of the newest published text in that language, or empty. Refused if one is open."""
    newest = Edition.objects.filter(condition=condition, language=language, status=Edition.Status.APPROVED).first()
    draft = _make_draft(newest, condition, language, by)
    log_event(edition=draft, by=by, verb="started a draft of")
    return draft


@transaction.atomic
def restore(*, edition: Edition, by: Who) -> Edition:
    """A new open draft with the text of this edition, which was published once. Refused if a draft is open."""
    if edition.is_open:
        raise Refused(_("This edition is a draft itself. Continue it."))
    draft = _make_draft(edition, edition.condition, edition.language, by)
    log_event(edition=draft, by=by, verb="restored", words=str(edition.number))
    return draft


def _make_draft(source: Edition | None, condition: Condition, language: str, by: Who) -> Edition:
    check_permission(by, "conditions.add_edition")
    if Edition.objects.open().filter(condition=condition, language=language).exists():
        raise Refused(_("There is an open draft in this language already. Continue that one."))
    text = {name: getattr(source, name) for name in TEXT_FIELDS} if source else {}
    draft = Edition.objects.create(condition=condition, language=language, **text)
    parts: list[Section | Source] = [*source.sections.all(), *source.sources.all()] if source else []
    for part in parts:
        part.pk, part._state.adding, part.edition = None, True, draft
        part.save()
    if isinstance(by, User):
        draft.authors.add(by)
    return draft


@transaction.atomic
def submit(*, edition: Edition, by: Who) -> None:
    check_permission(by, "conditions.change_edition")
    missing = gaps(edition)
    if missing:
        raise Refused(" ".join(gap.words for gap in missing))
    move(edition, Edition.Status.SUBMITTED)
    log_event(edition=edition, by=by, verb="submitted")


@transaction.atomic
def send_back(*, edition: Edition, by: Who, reason: str = "") -> None:
    """Waiting for sign-off → draft. Only those who wrote the text take it back without a reason."""
    check_permission(by, "conditions.change_edition", "conditions.sign_off_edition")
    is_author = isinstance(by, str) or edition.authors.filter(pk=by.pk).exists()
    reason = reason.strip()
    if not is_author and not reason:
        raise Refused(_("Say why, so that the authors know what to do."))
    move(edition, Edition.Status.DRAFT)
    log_event(edition=edition, by=by, verb="sent back" if reason else "took back", words=reason)


def gaps(edition: Edition) -> list[Gap]:
    checks = [
        (edition.summary.strip(), _("Write the short answer."), "id_summary"),
        (edition.sections.exists(), _("Add at least one section."), "sections-group"),
        (edition.sources.exists(), _("Add at least one source."), "sources-group"),
        (
            not edition.sections.exclude(picture="").filter(picture_alt="").exists(),
            _("Say what each picture tells someone who cannot see it."),
            "sections-group",
        ),
        (
            not LibraryPicture.objects.gone().filter(name__in=edition.sections.values("picture")).exists(),
            _("A picture was taken back, or its consent has ended. Choose another, or take it away."),
            "sections-group",
        ),
        (
            edition.condition.names.filter(kind="preferred", language=edition.language).exists(),
            _("Give the condition a preferred name in this language."),
            "",
        ),
    ]
    return [Gap(sentence, place) for holds, sentence, place in checks if not holds]
