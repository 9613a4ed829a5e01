"""The editions of a condition: drafts, and with `--publish` published ones, by the actions of `conditions`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings

from conditions import actions
from conditions.models import FALLBACK, MOST_POINTS, Condition, Edition, Section, Source, Translation
from conditions.translations import live_english
from directory.models import Clinician
from foundation.workflow import Refused
from portal.transfer.content_files import Rejected
from portal.transfer.fields import NEEDED, Choice, Day, Field, Flag, Lines, Link, Moment, Text
from portal.transfer.items import BY, Item, Run, save
from portal.transfer.kinds import Kind, Rows, picture

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


class Status(Choice):
    """What the file wants to be, in `wanted_status`: actions alone change a status."""

    def get(self, obj: Any) -> Any:
        return obj.status


class DraftStatus(Status):
    def get(self, obj: Any) -> Any:
        return "draft" if obj.is_open else ""


def _signed(field: type[Field], key: str, name: str) -> Field:
    """Of an edition that was signed off and went live; told by actions, never set."""
    return field(f"published.{key}", NEEDED, name, saved=False, when=lambda edition: not edition.is_open, what="published")


class OfTranslation:
    """A fact that stands in the edition's `Translation`."""

    def get(self, obj: Any) -> Any:
        return getattr(getattr(obj, "translation", None), self.attribute, self.absent())  # type: ignore[attr-defined]

    def prefetch(self) -> list[str]:
        return ["translation"]


class TranslationText(OfTranslation, Text):
    pass


class TranslationFlag(OfTranslation, Flag):
    pass


SECTION = Kind("section", Section, ["kind", "heading", *picture(part="kind"), "text=body"])
SOURCE = Kind("source", Source, ["title", "publisher", "date", "url", "language"])
EDITION = Kind(
    "edition",
    Edition,
    [
        Choice("language", choices=LANGUAGES),
        "change_note",
        DraftStatus("status", "", "wanted_status", saved=False, choices=("draft",)),
        _signed(Moment, "at", "publish_at"),
        _signed(Link, "reviewer", "reviewed_by"),
        _signed(Day, "reviewed_on", "reviewed_on"),
        _signed(Day, "next_review_due", "next_review_due"),
        Moment("withdrawn.at", name="withdrawn_at", saved=False, what="withdrawn"),
        Text("withdrawn.reason", name="withdrawn_reason", saved=False, what="withdrawn"),
        TranslationText("translation.by", "", "translated_by", saved=False),
        TranslationFlag("translation.machine_used", False, saved=False),
        TranslationText("translation.checked_by", "", saved=False),
        "summary",
        Lines("key_points", most=MOST_POINTS),
        *(Lines("urgent.ask_us"), Lines("urgent.today", name="call_today"), Lines("urgent.emergency")),
        Rows(key="sections", kind=SECTION),
        Rows(key="sources", kind=SOURCE),
    ],
)


class Editions(Rows):
    """In the order of languages and versions. They are written one by one (`parts`)."""

    def get(self, obj: Any) -> Any:
        return sorted(obj.editions.all(), key=lambda edition: (LANGUAGES.index(edition.language), edition.number))


def check(items: list[Item]) -> None:
    """What one edition alone does not tell: a draft comes last and is not published; dates follow each other."""
    drafts: set[str] = set()
    for item in items:
        values = item.values
        is_published, is_withdrawn = bool(values["publish_at"]), bool(values["withdrawn_at"])
        if values["language"] in drafts:
            item.fault("an edition with 'status: draft' must be the last of its language; this one follows it")
        if values["wanted_status"]:
            drafts.add(values["language"])
            if is_published or is_withdrawn:
                item.fault("an edition with 'status: draft' cannot be published or withdrawn", "wanted_status")
        if is_withdrawn and not is_published:
            item.fault("only an edition with 'published' can be withdrawn", "withdrawn")
        reviewed, due = values["reviewed_on"], values["next_review_due"]
        if reviewed and due and due <= reviewed:
            item.fault("next_review_due must be after reviewed_on", "next_review_due")


def parts(items: list[Item], condition: Condition, run: Run) -> list[Callable[[], None]]:
    """Each text once: what is published already is left alone. Raises Rejected for a reviewer who is nobody."""
    for item in items:
        _reviewer(item, run)
    stored = condition.editions.order_by("number").prefetch_related("sections", "sources") if condition.pk else []
    published = [edition for edition in stored if not edition.is_open]
    newest = {item.values["language"]: item for item in items if not item.values["withdrawn_at"]}  # of each language
    found: list[Callable[[], None]] = []
    for item in items if run.publish else newest.values():
        same = next((edition for edition in published if EDITION.agrees(item, edition, besides=["change_note"])), None)
        if same:
            published.remove(same)
            found.append(partial(_keep, item, same, run))
        else:
            stays_draft = not run.publish or item.values["wanted_status"]
            found.append(partial(_draft if stays_draft else _publish, item, condition, run))
    return found


def _keep(item: Item, edition: Edition, run: Run) -> None:
    run.wrote(edition, "withdrawn") if _withdraw(item, edition, run) else run.count(edition)


def _draft(item: Item, condition: Condition, run: Run) -> None:
    edition = _open_edition(item, condition)
    if edition and EDITION.agrees(item, edition):
        run.count(edition)
    else:
        run.wrote(_put_draft(item, condition, edition), "changed draft" if edition else "new draft")


def _open_edition(item: Item, condition: Condition) -> Edition | None:
    return condition.editions.open().filter(language=item.values["language"]).first()


def _put_draft(item: Item, condition: Condition, edition: Edition | None) -> Edition:
    """The open draft with the text of the file. Raises Rejected for one that staff work on."""
    if edition:
        _leave_staff_alone(item, edition)
    draft = edition or Edition(condition=condition, language=item.values["language"])
    save(item, draft)
    if draft.language != FALLBACK:
        said = {name: item.values[name] for name in ("translated_by", "machine_used", "checked_by")}
        Translation.objects.update_or_create(edition=draft, defaults={"of": live_english(condition), **said})
    actions.log_only(edition=draft, by=BY, verb="imported")
    return draft


def _leave_staff_alone(item: Item, edition: Edition) -> None:
    authors = ", ".join(author.get_username() for author in edition.authors.order_by("username"))
    if authors or edition.status != Edition.Status.DRAFT:
        who = f"an open draft by {authors}" if authors else "an edition that waits for its sign-off"
        item.fault(f"there is {who} in '{edition.language}'; publish or delete it first")
        raise Rejected


def _publish(item: Item, condition: Condition, run: Run) -> None:
    edition = _put_draft(item, condition, _open_edition(item, condition))
    reviewed_on, publish_at, due = (item.values[name] for name in ("reviewed_on", "publish_at", "next_review_due"))
    try:
        actions.submit(edition=edition, by=BY)
        actions.sign_off(edition=edition, reviewer=_reviewer(item, run), by=BY, reviewed_on=reviewed_on)
        actions.approve(edition=edition, by=BY, publish_at=publish_at, next_review_due=due)
    except Refused as error:
        item.fault(f"this edition cannot be published: {error}")
        raise Rejected from error
    _withdraw(item, edition, run)
    run.wrote(edition, "published")


def _reviewer(item: Item, run: Run) -> Clinician:
    """Who signed as the file says, else who answers for the import. Raises Rejected for a slug that is nobody's."""
    for slug in item.values["reviewed_by"]:
        found = Clinician.objects.filter(slug=slug).first()
        if found is None:
            item.fault(f"reviewer '{slug}' is neither on the site nor in a file without faults", "reviewed_by")
            raise Rejected
        return found
    return run.reviewer


def _withdraw(item: Item, edition: Edition, run: Run) -> bool:
    at, reason = item.values["withdrawn_at"], item.values["withdrawn_reason"]
    if not (run.publish and at and edition.status == Edition.Status.APPROVED):
        return False
    actions.withdraw(edition=edition, by=BY, reason=reason, at=at)
    return True
