"""The editions in a file of `conditions/`: drafts, and with `--publish` published ones, through the verbs of the room."""

from collections.abc import Callable
from functools import partial
from typing import Any

from conditions import actions
from conditions.models import Condition, Edition, Section, Source
from conditions.models.edition import MOST_POINTS
from directory.models import Clinician
from foundation.workflow import Refused
from portal.transfer.files.check import File
from portal.transfer.files.files import Album
from portal.transfer.files.groups import Group, One, Picture
from portal.transfer.files.keys import Block, Choice, Day, Lines, LongText, Moment, Rows, Text, choices
from portal.transfer.files.published import LANGUAGE, Status
from portal.transfer.files.save import BY, NotSaved, Run, put, replace
from portal.transfer.files.shape import Row, Shape


class Reviewer(Text):
    """The slug of the clinician who signed."""

    def value(self, obj: Any) -> Any:
        """Of an edition."""
        return obj.reviewed_by.slug


class DraftStatus(Status):
    """`draft`, or nothing."""

    def value(self, obj: Any) -> Any:
        """An open edition is a draft."""
        return "draft" if obj.is_open else ""


SECTION = Shape(
    "section",
    Section,
    (
        Choice("kind", choices=choices(Section.Kind.values)),
        Text("heading", ""),
        Picture(part="kind"),
        LongText("text", name="body"),
    ),
)
SOURCE = Shape("source", Source, (Text("title"), Text("publisher", ""), Text("date"), Text("url", "")))
PUBLISHED = Shape(
    "published", None, (Moment("at", name="publish_at"), Reviewer("reviewer"), Day("reviewed_on"), Day("next_review_due"))
)
WITHDRAWN = Shape("withdrawn", None, (Moment("at", name="withdrawn_at"), Text("reason", name="withdrawn_reason")))
EDITION = Shape(
    "edition",
    Edition,
    (
        Choice("language", choices=LANGUAGE.choices),
        Text("change_note", ""),
        DraftStatus(default="", choices=("draft",)),
        One("published", shape=PUBLISHED, when=lambda edition: not edition.is_open),
        One("withdrawn", shape=WITHDRAWN, when=lambda edition: edition.status == Edition.Status.WITHDRAWN),
        Block("summary", ""),
        Lines("key_points", most=MOST_POINTS),
        Group("urgent", keys=(Lines("ask_us"), Lines("today", name="call_today"), Lines("emergency"))),
        Rows("sections", shape=SECTION),
        Rows("sources", shape=SOURCE),
    ),
)


class Editions(Rows):
    """Written in the order of languages and versions."""

    def data(self, obj: Any, album: Album) -> Any:
        """As it was read: oldest first."""
        found = sorted(obj.editions.all(), key=lambda edition: (LANGUAGE.choices.index(edition.language), edition.number))
        return [EDITION.data(edition, album) for edition in found] or None


def check(rows: list[Row], file: File) -> None:
    """What one edition alone does not tell: a draft comes last and is not published; dates follow each other."""
    drafts: set[str] = set()
    for row in rows:
        if row.values["language"] in drafts:
            row.fault("an edition with 'status: draft' must be the last of its language; this one follows it")
        if row.values["wanted"]:
            drafts.add(row.values["language"])
            if row.rows["published"] or row.rows["withdrawn"]:
                row.fault("an edition with 'status: draft' cannot be published or withdrawn", "wanted")
        if row.rows["withdrawn"] and not row.rows["published"]:
            row.fault("only an edition with 'published' can be withdrawn", "withdrawn")
        for signed in row.rows["published"]:
            reviewed, due = signed.values["reviewed_on"], signed.values["next_review_due"]
            if reviewed and due and due <= reviewed:
                signed.fault("next_review_due must be after reviewed_on", "next_review_due")


def parts(rows: list[Row], condition: Condition, run: Run) -> list[Callable[[], None]]:
    """Each text once: what is published already is left alone. Raises NotSaved for a reviewer who is nobody."""
    for row in rows:
        _reviewer(row, run)
    stored = condition.editions.order_by("number").prefetch_related("sections", "sources")
    published = [edition for edition in stored if not edition.is_open]
    newest = {row.values["language"]: row for row in rows if not row.rows["withdrawn"]}
    found: list[Callable[[], None]] = []
    for row in rows if run.publish else newest.values():
        same = next((edition for edition in published if _text(edition) == _wanted(row)), None)
        if same:
            published.remove(same)
        found.append(partial(_bring, row, condition, same, run))
    return found


def _bring(row: Row, condition: Condition, same: Edition | None, run: Run) -> None:
    """One edition of the file; `same` is the published one with this text."""
    if same:
        run.wrote(same, "withdrawn") if _withdraw(row, same, run) else run.left(same)
    elif run.publish and not row.values["wanted"]:
        _publish(row, condition, run)
    else:
        _draft(row, condition, run)


def _wanted(row: Row) -> tuple[Any, ...]:
    own = {name: value for name, value in row.values.items() if name not in {"change_note", "wanted"}}
    return own, [section.final for section in row.rows["sections"]], [source.final for source in row.rows["sources"]]


def _text(edition: Edition) -> tuple[Any, ...]:
    """What its digest stands for, in the canonical form of a file."""
    own = {name: value for name, value in EDITION.stored(edition).items() if name != "change_note"}
    return own, [SECTION.stored(s) for s in edition.sections.all()], [SOURCE.stored(s) for s in edition.sources.all()]


def _draft(row: Row, condition: Condition, run: Run) -> None:
    edition = condition.editions.open().filter(language=row.values["language"]).first()
    if edition and _text(edition) == _wanted(row) and edition.change_note == row.values["change_note"]:
        run.left(edition)
        return
    run.wrote(_put_draft(row, condition, edition), "changed draft" if edition else "new draft")


def _put_draft(row: Row, condition: Condition, edition: Edition | None) -> Edition:
    """The open draft with the text of the file. Raises NotSaved for one that staff work on."""
    if edition:
        _leave_staff_alone(row, edition)
    draft = edition or Edition(condition=condition, language=row.values["language"])
    put(row, draft)
    replace(row.rows["sections"], SECTION, draft, "sections")
    replace(row.rows["sources"], SOURCE, draft, "sources")
    actions.log_only(edition=draft, by=BY, verb="imported")
    return draft


def _leave_staff_alone(row: Row, edition: Edition) -> None:
    authors = ", ".join(author.get_username() for author in edition.authors.order_by("username"))
    if authors or edition.status != Edition.Status.DRAFT:
        who = f"an open draft by {authors}" if authors else "an edition that waits for its sign-off"
        row.fault(f"there is {who} in '{edition.language}'; publish or delete it first")
        raise NotSaved


def _publish(row: Row, condition: Condition, run: Run) -> None:
    opened = condition.editions.open().filter(language=row.values["language"]).first()
    edition = _put_draft(row, condition, opened)
    said = row.rows["published"][0].values if row.rows["published"] else {}
    try:
        actions.submit(edition=edition, by=BY)
        actions.sign_off(edition=edition, reviewer=_reviewer(row, run), by=BY, reviewed_on=said.get("reviewed_on"))
        actions.approve(edition=edition, by=BY, publish_at=said.get("publish_at"), next_review_due=said.get("next_review_due"))
    except Refused as error:
        row.fault(f"this edition cannot be published: {error}")
        raise NotSaved from error
    _withdraw(row, edition, run)
    run.wrote(edition, "published")


def _reviewer(row: Row, run: Run) -> Clinician:
    """Who signed as the file says, else who answers for the import. Raises NotSaved for a slug that is nobody's."""
    if not row.rows["published"]:
        return run.reviewer
    signed = row.rows["published"][0]
    found = Clinician.objects.filter(slug=signed.values["reviewer"]).first()
    if found is None:
        signed.fault(f"reviewer '{signed.values['reviewer']}' is neither on the site nor in a file without faults", "reviewer")
        raise NotSaved
    return found


def _withdraw(row: Row, edition: Edition, run: Run) -> bool:
    if not (run.publish and row.rows["withdrawn"] and edition.status == Edition.Status.APPROVED):
        return False
    said = row.rows["withdrawn"][0].values
    actions.withdraw(edition=edition, by=BY, reason=said["withdrawn_reason"], at=said["withdrawn_at"])
    return True
