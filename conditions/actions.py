"""What is done with an edition: the only ways its status changes. Each is one transaction with its record and its log."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from conditions import translations
from conditions.models import (
    FALLBACK,
    PUBLISHED,
    TEXT_FIELDS,
    Comment,
    Condition,
    Edition,
    EditionEvent,
    PlannedApproval,
    Section,
    SignOff,
    Source,
    Translation,
)
from conditions.review_mails import post_reminder
from conditions.turn_mails import post_turns
from directory.models import Clinician
from foundation.audit.actions import record
from foundation.pictures.models import LibraryPicture
from foundation.workflow import Refused, Who, change_status, check_permission, name_of

Status = Edition.Status


# What all of them share: the log, the lock, the moves.


def log_only(*, edition: Edition, by: Who, verb: str, words: str = "") -> None:
    """Keeps that `by` did `verb` in the edition's log, and tells whose turn it is; the audit record holds it already."""
    user = by if isinstance(by, User) else None
    event = EditionEvent.objects.create(edition=edition, by=user, who=name_of(by)[:150], verb=verb, words=words)
    post_turns(event)


def log_event(*, edition: Edition, by: Who, verb: str, words: str = "", **detail: Any) -> None:
    """Keeps that `by` did `verb`, in the edition's log and in the audit record. `words` stay in the log alone."""
    log_only(edition=edition, by=by, verb=verb, words=words)
    record(by=by, verb=verb, obj=edition, **detail)


def lock(edition: Edition) -> Edition:
    """The edition as it is stored; nobody else changes it or its text before this transaction ends."""
    return Edition.objects.select_for_update().get(pk=edition.pk)


def move(edition: Edition, status: Edition.Status, **facts: Any) -> None:
    """Of two people who move one edition at once, exactly one wins; the other is refused."""
    label = Edition.Status(edition.status).label
    impossible = _("This edition is “%(status)s”, so that is not possible now.") % {"status": label}
    if status == edition.status:
        raise Refused(impossible)
    change_status(
        edition,
        status,
        unless=impossible,
        overtaken=lambda: _("Somebody else changed this edition meanwhile. Look at it again."),
        **facts,
    )
    edition.refresh_from_db()


# Drafts.


class Gap(NamedTuple):
    """Something an edition lacks: what to do, and the id on its edit page where to do it ("" for the condition's page)."""

    words: str
    place: str


@transaction.atomic
def start_draft(*, condition: Condition, language: str, by: Who) -> Edition:
    """A new open draft: a copy of the newest published text in that language, or empty. Refused if one is open."""
    newest = Edition.objects.filter(condition=condition, language=language, status=Status.APPROVED).first()
    draft = _begin(newest, condition, language, by)
    log_event(edition=draft, by=by, verb="started a draft of")
    return draft


@transaction.atomic
def add_usual_sections(*, edition: Edition, by: Who) -> None:
    """Empty sections of every kind that an open draft lacks, after its own, in the order of the page."""
    check_permission(by, "conditions.change_edition", "conditions.add_edition")
    if not lock(edition).is_open:
        raise Refused(PUBLISHED)
    there = dict(edition.sections.values_list("kind", "order"))
    first = max(there.values(), default=-1) + 1
    missing = [kind for kind in Section.Kind if kind not in there]
    rows = [Section(edition=edition, kind=kind, order=first + place) for place, kind in enumerate(missing)]
    Section.objects.bulk_create(rows)
    record(by=by, verb="changed", obj=edition, fields=[str(_("sections"))])


@transaction.atomic
def restore(*, edition: Edition, by: Who) -> Edition:
    if edition.is_open:
        raise Refused(_("This edition is a draft itself. Continue it."))
    draft = _begin(edition, edition.condition, edition.language, by)
    log_event(edition=draft, by=by, verb="restored", words=str(edition.number))
    return draft


def _begin(source: Edition | None, condition: Condition, language: str, by: Who) -> Edition:
    """A draft that `by` goes on to write."""
    check_permission(by, "conditions.add_edition")
    _refuse_second_draft(condition, language)
    draft = _make_draft(source, condition, language)
    if isinstance(by, User):
        draft.authors.add(by)
    return draft


def _refuse_second_draft(condition: Condition, language: str) -> None:
    if Edition.objects.open().filter(condition=condition, language=language).exists():
        raise Refused(_("There is an open draft in this language already. Continue that one."))


def _make_draft(source: Edition | None, condition: Condition, language: str, **facts: Any) -> Edition:
    text = {name: getattr(source, name) for name in TEXT_FIELDS} if source else {}
    draft = Edition.objects.create(condition=condition, language=language, **text, **facts)
    parts: list[Section | Source] = [*source.sections.all(), *source.sources.all()] if source else []
    for part in parts:
        part.pk, part._state.adding, part.edition = None, True, draft
        part.save()
    if language != FALLBACK:
        translations.begin(draft, source)
    return draft


@transaction.atomic
def follow_newer_english(*, edition: Edition, by: Who) -> None:
    """An open translation follows the English that visitors read now."""
    check_permission(by, "conditions.change_edition")
    if not lock(edition).is_open:
        raise Refused(PUBLISHED)
    english = translations.live_english(edition.condition)
    Translation.objects.update_or_create(edition=edition, defaults={"of": english})
    log_event(edition=edition, by=by, verb="followed the newer English of", words=str(english.number) if english else "")


@transaction.atomic
def submit(*, edition: Edition, by: Who) -> None:
    """Sections without a word or a picture are left out; of a translation, only if all are: it goes on as its first part."""
    check_permission(by, "conditions.change_edition")
    if edition.language == FALLBACK:
        edition.sections.filter(body="", picture="").delete()
    elif not edition.sections.exclude(body="").exists():
        edition.sections.all().delete()
    missing = gaps(edition)
    if missing:
        raise Refused(" ".join(gap.words for gap in missing))
    move(edition, Status.SUBMITTED)
    log_event(edition=edition, by=by, verb="submitted")


@transaction.atomic
def send_back(*, edition: Edition, by: Who, reason: str = "") -> None:
    """Waiting for sign-off → draft. Only those who wrote the text take it back without a reason."""
    check_permission(by, "conditions.change_edition", "conditions.sign_off_edition")
    is_author = isinstance(by, str) or edition.authors.filter(pk=by.pk).exists()
    reason = reason.strip()
    if not is_author and not reason:
        raise Refused(_("Say why, so that the authors know what to do."))
    move(edition, Status.DRAFT)
    PlannedApproval.objects.filter(edition=edition).delete()
    log_event(edition=edition, by=by, verb="sent back" if reason else "took back", words=reason)


def gaps(edition: Edition) -> list[Gap]:
    sections = edition.sections.all()
    empty = sections.filter(body="")
    if edition.language == FALLBACK and edition.status == Status.DRAFT:
        empty = empty.exclude(picture="")  # the others are left out when it is submitted
    picture_gone = LibraryPicture.objects.gone().filter(name__in=sections.values("picture")).exists()
    is_named = edition.condition.names.filter(kind="preferred", language=edition.language).exists()
    checks = [
        (edition.summary.strip(), "id_summary", _("Write the short answer.")),
        (edition.language != FALLBACK or sections.exists(), "sections-group", _("Add at least one section.")),
        (not empty.exists(), "sections-group", _("Write the text of each section, or delete those that are empty.")),
        (edition.sources.exists(), "sources-group", _("Add at least one source.")),
        (
            not picture_gone,
            "sections-group",
            _("A picture was taken back, or its consent has ended. Choose another, or take it away."),
        ),
        (is_named, "", _("Give the condition a preferred name in this language.")),
    ]
    if edition.language != FALLBACK:
        checks += _translation_checks(edition)
    return [Gap(sentence, place) for holds, place, sentence in checks if not holds]


def _translation_checks(edition: Edition) -> list[tuple[bool, str, str]]:
    said = Translation.objects.filter(edition=edition).first() or Translation()
    english = Section.objects.filter(edition=said.of_id).exclude(picture_alt="").values("picture_alt")
    return [
        (
            not edition.sections.filter(picture_alt__in=english).exists(),
            "sections-group",
            _("Translate what each picture tells."),
        ),
        (bool(said.translated_by), "translation-group", _("Say who translated the text.")),
        (bool(said.checked_by), "translation-group", _("Say which qualified translator checked it.")),
    ]


# Comments on a draft, each to be answered before anybody signs.


@transaction.atomic
def add_comment(*, edition: Edition, words: str, by: User, section: Section | None = None) -> Comment:
    check_permission(by, "conditions.change_edition", "conditions.sign_off_edition")
    if not lock(edition).is_open:
        raise Refused(PUBLISHED)
    if section and section.edition_id != edition.pk:
        raise Refused(_("This section is not part of this edition any more."))
    comment = Comment.objects.create(edition=edition, section=section, words=words, by=by, who=name_of(by)[:150])
    log_event(edition=edition, by=by, verb="commented", words=words)
    return comment


@transaction.atomic
def answer_comment(*, comment: Comment, words: str, by: User) -> None:
    """Once, and it stays."""
    check_permission(by, "conditions.change_edition")
    facts = {"answer": words.strip(), "answered_by": by, "answered_at": timezone.now()}
    if not facts["answer"]:
        raise Refused(_("Write an answer."))
    if not Comment.objects.filter(pk=comment.pk, answer="").update(**facts):
        raise Refused(_("Somebody answered this comment already."))
    comment.refresh_from_db()
    log_event(edition=comment.edition, by=by, verb="answered", words=comment.answer)
    approve_as_planned(comment.edition)


def unanswered(edition: Edition) -> list[str]:
    return [
        _("Answer the comment by %(who)s first: “%(words)s”")
        % {"who": comment.who, "words": Truncator(comment.words).chars(60)}
        for comment in edition.comments.all()
        if not comment.answer
    ]


# Signatures: each binds one reviewer to exactly one text.


@transaction.atomic
def sign_off(
    *, edition: Edition, reviewer: Clinician, by: Who, reviewed_on: date | None = None, checked: Iterable[str] = ()
) -> None:
    """Binds the reviewer to exactly this text. `reviewed_on` is a day of the site's calendar, default today.

    `checked` are keys of `conditions.checklist.ITEMS`. Nobody signs what they wrote, nor in another's name: also no superuser.
    """
    check_permission(by, "conditions.sign_off_edition")
    stored = lock(edition)
    _refuse_own_text(stored, reviewer, by)
    if stored.status != Status.SUBMITTED:
        raise Refused(_("Only an edition that waits for sign-off can be signed off."))
    if waiting := unanswered(stored):
        raise Refused(" ".join(waiting))
    if stored.sign_offs.filter(reviewer=reviewer, revision=stored.revision).exists():
        raise Refused(_("You signed exactly this text already."))
    SignOff.objects.create(
        edition=stored,
        reviewer=reviewer,
        reviewed_on=reviewed_on or timezone.localdate(),
        digest=stored.digest(),
        revision=stored.revision,
        text=stored.clinical_text(),
        checked=sorted(checked),
    )
    show_signatures(stored)
    edition.refresh_from_db()
    name = str(reviewer)
    words = "" if isinstance(by, User) else name  # a command signs for somebody, a person for themselves
    log_event(edition=edition, by=by, verb="signed off", words=words, digest=edition.signed_digest, reviewer=name)
    approve_as_planned(edition)


def _refuse_own_text(edition: Edition, reviewer: Clinician, by: Who) -> None:
    if isinstance(by, str):
        return
    if reviewer.user_id != by.pk:
        raise Refused(_("Only the reviewer’s own account can sign off."))
    if edition.authors.filter(pk=by.pk).exists():
        raise Refused(_("You wrote in this text. Somebody else must sign it off."))


def signatures(edition: Edition) -> list[SignOff]:
    """Those that stand for the text as it is now, oldest first."""
    found = edition.sign_offs.filter(revision=edition.revision, digest=edition.digest())
    return list(found.select_related("reviewer").order_by("pk"))


def show_signatures(edition: Edition) -> None:
    """Puts on the edition who signed its text: the first, and with whom."""
    signed = signatures(edition)
    Edition.objects.filter(pk=edition.pk).update(
        signed_digest=signed[0].digest,
        reviewed_by=signed[0].reviewer,
        reviewed_on=signed[0].reviewed_on,
        also_reviewed_by="\n".join(str(each.reviewer) for each in signed[1:]),
    )


def earlier_signatures(edition: Edition, digest: str) -> QuerySet[SignOff]:
    """What reviewers signed of the text with this digest in any version of the page in this language, oldest first."""
    same = SignOff.objects.filter(edition__in=Edition.objects.of_page(edition), digest=digest)
    return same.select_related("reviewer").order_by("pk")


def last_signature(edition: Edition, digest: str) -> SignOff | None:
    """What a reviewer compares with: the latest other text that was signed, of this edition or else of the live one."""
    live = Edition.objects.live().of_page(edition)
    signed = SignOff.objects.filter(Q(edition=edition.pk) | Q(edition__in=live)).exclude(digest=digest)
    return signed.select_related("reviewer", "edition").order_by("-pk").first()


@transaction.atomic
def drop_stale_sign_off(*, edition: Edition, by: Who) -> bool:
    """Takes away a sign-off that no longer fits the text, so that the edition waits for a reviewer again. Whether it did."""
    stored = lock(edition)
    if not stored.signed_digest or stored.is_signed or not stored.is_open:
        return False
    Edition.objects.filter(pk=edition.pk).update(signed_digest="", reviewed_by=None, reviewed_on=None, also_reviewed_by="")
    edition.refresh_from_db()
    log_event(edition=edition, by=by, verb="voided the sign-off of")
    return True


# Onto the page, and off it.


@transaction.atomic
def approve(*, edition: Edition, by: Who, publish_at: datetime | None = None, next_review_due: date | None = None) -> None:
    """Waiting → approved: on the page from `publish_at` (UTC, default now). Refused unless exactly this text was signed.

    The next review falls due `review_every_months` after the review, unless `next_review_due` says otherwise.
    """
    check_permission(by, "conditions.approve_edition")
    stored = lock(edition)
    missing = [*(gap.words for gap in gaps(stored)), *unanswered(stored), *still_to_sign(stored)]
    if missing:
        raise Refused(" ".join(missing))
    if stored.status == Status.SUBMITTED:
        _carry_over(stored, by)
        show_signatures(stored)
    edition.refresh_from_db()
    due = next_review_due or months_after(edition.reviewed_on or timezone.localdate(), edition.condition.review_every_months)
    move(edition, Status.APPROVED, publish_at=publish_at or timezone.now(), next_review_due=due)
    edition.condition.store_search_entries()
    post_reminder(edition)
    log_event(edition=edition, by=by, verb="approved", words=edition.publish_at.isoformat() if edition.publish_at else "")


@transaction.atomic
def approve_ahead(*, edition: Edition, by: User, publish_at: datetime | None = None) -> None:
    """With its last signature exactly this text is approved in the name of `by`: on the page from `publish_at` (UTC), if that is still to come."""
    check_permission(by, "conditions.approve_edition")
    stored = lock(edition)
    if stored.status != Status.SUBMITTED:
        raise Refused(_("Only a text that waits for sign-off can be approved ahead."))
    facts = {"by": by, "publish_at": publish_at, "digest": stored.digest()}
    PlannedApproval.objects.update_or_create(edition=stored, defaults=facts)
    log_event(edition=edition, by=by, verb="approved ahead", words=publish_at.isoformat() if publish_at else "")
    approve_as_planned(edition)


@transaction.atomic
def take_back_approval(*, edition: Edition, by: User) -> None:
    """An approval ahead, by who gave it: then the text waits for approval as usual."""
    stored = lock(edition)
    if stored.status != Status.SUBMITTED or not PlannedApproval.objects.filter(edition=stored, by=by).delete()[0]:
        raise Refused(_("No approval ahead of yours is there any more. Look at the text again."))
    log_event(edition=edition, by=by, verb="took back the approval of")


def approve_as_planned(edition: Edition) -> None:
    """Called by what may have been the last thing missing; before that, and where the approval no longer counts, nothing happens."""
    planned = PlannedApproval.objects.filter(edition=edition).select_related("by", "edition").first()
    if planned and planned.counts and not [*gaps(edition), *unanswered(edition), *still_to_sign(edition)]:
        at = max(planned.publish_at, timezone.now()) if planned.publish_at else None
        approve(edition=edition, by=planned.by, publish_at=at)


def still_to_sign(edition: Edition) -> list[str]:
    signed = set(earlier_signatures(edition, edition.digest()).values_list("reviewer", flat=True))
    asked = [str(reviewer) for reviewer in edition.asked.all() if reviewer.pk not in signed]
    sentences = []
    if not signed:
        sentences.append(_("The text is not signed off, or it was changed after the sign-off. It must be signed off again."))
    if asked:
        sentences.append(_("Asked to sign and has not signed this text: %(names)s.") % {"names": ", ".join(asked)})
    return sentences


def _carry_over(edition: Edition, by: Who) -> None:
    """Lets signatures that reviewers gave to exactly this text before, on any version, stand for it here too."""
    here = {each.reviewer_id for each in signatures(edition)}
    latest = {each.reviewer_id: each for each in earlier_signatures(edition, edition.digest())}
    for reviewer, given in sorted(latest.items(), key=lambda item: item[1].pk):
        if reviewer not in here:
            words = f"{given.reviewer}, {date_format(given.reviewed_on, 'j M Y')}"
            given.pk, given._state.adding, given.edition, given.revision = None, True, edition, edition.revision
            given.save()
            log_event(edition=edition, by=by, verb="carried over a signature", words=words)


@transaction.atomic
def reschedule(*, edition: Edition, by: Who, publish_at: datetime | None) -> Edition:
    """Another moment (UTC) for a text that nobody has seen yet; with None it waits for approval again.

    What was approved is never altered: the same text, with its signatures, becomes the next version, which is returned.
    """
    check_permission(by, "conditions.approve_edition")
    stored = lock(edition)
    if not stored.is_scheduled:
        raise Refused(_("Visitors could see this text already. Write a new version, or withdraw this one."))
    _refuse_second_draft(stored.condition, stored.language)
    move(stored, Status.WITHDRAWN, withdrawn_at=timezone.now(), withdrawn_reason=_("It was never shown: its day was changed."))
    log_event(edition=stored, by=by, verb="took off the schedule")
    again = _copy(stored)
    move(again, Status.SUBMITTED)
    if publish_at:
        approve(edition=again, by=by, publish_at=publish_at, next_review_due=stored.next_review_due)
    else:
        _carry_over(again, by)
        show_signatures(again)
        stored.condition.store_search_entries()
    return again


def _copy(edition: Edition) -> Edition:
    """The same text as an open draft, by the same authors and for the same reviewers."""
    facts = {name: getattr(edition, name) for name in ("change_note", "is_minor")}
    draft = _make_draft(edition, edition.condition, edition.language, **facts)
    draft.authors.set(edition.authors.all())
    draft.asked.set(edition.asked.all())
    for said in Translation.objects.filter(edition=edition).values("of", "translated_by", "machine_used", "checked_by"):
        Translation.objects.filter(edition=draft).update(**said)
    return draft


@transaction.atomic
def withdraw(*, edition: Edition, by: Who, reason: str, at: datetime | None = None, whole_page: bool = False) -> None:
    """Approved → withdrawn: the edition before it is live again, or with `whole_page` none is. Readers see the reason."""
    check_permission(by, "conditions.approve_edition")
    if not reason.strip():
        raise Refused(_("Say why it is withdrawn."))
    others = Edition.objects.of_page(edition).filter(status=Status.APPROVED).exclude(pk=edition.pk)
    for each in [edition, *(others if whole_page else [])]:
        move(each, Status.WITHDRAWN, withdrawn_at=at or timezone.now(), withdrawn_reason=reason.strip())
        log_event(edition=each, by=by, verb="withdrew", words=reason.strip())
    for live_again in Edition.objects.live().of_page(edition):
        post_reminder(live_again)
    edition.condition.store_search_entries()


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
