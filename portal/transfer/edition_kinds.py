"""The editions of a condition: drafts, and with `--publish` published ones, by the actions of `conditions`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings

from conditions import actions
from conditions.models import Condition, Edition, Section, Source
from conditions.models.edition import MOST_POINTS
from directory.models import Clinician
from foundation.workflow import Refused
from portal.transfer.content_files import Rejected
from portal.transfer.fields import Choice, Lines, Text
from portal.transfer.items import BY, Item, Run, save
from portal.transfer.kinds import Group, Kind, One, Picture, Rows

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


class Reviewer(Text):
    """The slug of the clinician who signed."""

    def value(self, obj: Any) -> Any:
        return obj.reviewed_by.slug

    def prefetch(self) -> list[str]:
        return ["reviewed_by"]


class Status(Choice):
    """What the file wants to be, in `wanted`. Not a field of its own: actions alone change a status."""

    def facts(self, obj: Any) -> dict[str, Any]:
        return {}

    def value(self, obj: Any) -> Any:
        return obj.status


class DraftStatus(Status):
    """`draft`, or nothing."""

    def value(self, obj: Any) -> Any:
        return "draft" if obj.is_open else ""


SECTION = Kind("section", Section, ["kind", "heading", Picture(part="kind"), "text=body"])
SOURCE = Kind("source", Source, ["title", "publisher", "date", "url"])
PUBLISHED = Kind("published", Edition, ["at=publish_at", Reviewer("reviewer"), "reviewed_on", "next_review_due"])
WITHDRAWN = Kind("withdrawn", Edition, ["at=withdrawn_at", Text("reason", name="withdrawn_reason")])
EDITION = Kind(
    "edition",
    Edition,
    [
        Choice("language", choices=LANGUAGES),
        "change_note",
        DraftStatus("status", "", "wanted", ("draft",)),
        One(key="published", kind=PUBLISHED, when=lambda edition: not edition.is_open),
        One(key="withdrawn", kind=WITHDRAWN, when=lambda edition: edition.status == Edition.Status.WITHDRAWN),
        "summary",
        Lines("key_points", most=MOST_POINTS),
        Group("urgent", keys=(Lines("ask_us"), Lines("today", name="call_today"), Lines("emergency"))),
        Rows(key="sections", kind=SECTION),
        Rows(key="sources", kind=SOURCE),
    ],
)


class Editions(Rows):
    """In the order of languages and versions. They are written one by one (`parts`)."""

    def agrees(self, item: Item, obj: Any) -> bool:
        return True

    def rows(self, obj: Any) -> list[Any]:
        return sorted(obj.editions.all(), key=lambda edition: (LANGUAGES.index(edition.language), edition.number))


def check(items: list[Item]) -> None:
    """What one edition alone does not tell: a draft comes last and is not published; dates follow each other."""
    drafts: set[str] = set()
    for item in items:
        values = item.values
        if values["language"] in drafts:
            item.fault("an edition with 'status: draft' must be the last of its language; this one follows it")
        if values["wanted"]:
            drafts.add(values["language"])
            if values["published"] or values["withdrawn"]:
                item.fault("an edition with 'status: draft' cannot be published or withdrawn", "wanted")
        if values["withdrawn"] and not values["published"]:
            item.fault("only an edition with 'published' can be withdrawn", "withdrawn")
        for signed in values["published"]:
            reviewed, due = signed.values["reviewed_on"], signed.values["next_review_due"]
            if reviewed and due and due <= reviewed:
                signed.fault("next_review_due must be after reviewed_on", "next_review_due")


def parts(items: list[Item], condition: Condition, run: Run) -> list[Callable[[], None]]:
    """Each text once: what is published already is left alone. Raises Rejected for a reviewer who is nobody."""
    for item in items:
        _reviewer(item, run)
    stored = condition.editions.order_by("number").prefetch_related("sections", "sources") if condition.pk else []
    published = [edition for edition in stored if not edition.is_open]
    newest = {item.values["language"]: item for item in items if not item.values["withdrawn"]}
    found: list[Callable[[], None]] = []
    for item in items if run.publish else newest.values():
        same = next((edition for edition in published if EDITION.agrees(item, edition, besides=["change_note"])), None)
        if same:
            published.remove(same)
            found.append(partial(_keep, item, same, run))
        else:
            stays_draft = not run.publish or item.values["wanted"]
            found.append(partial(_draft if stays_draft else _publish, item, condition, run))
    return found


def _keep(item: Item, edition: Edition, run: Run) -> None:
    """The text is published already."""
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
    signed = item.values["published"][0].values if item.values["published"] else {}
    try:
        actions.submit(edition=edition, by=BY)
        actions.sign_off(edition=edition, reviewer=_reviewer(item, run), by=BY, reviewed_on=signed.get("reviewed_on"))
        actions.approve(
            edition=edition, by=BY, publish_at=signed.get("publish_at"), next_review_due=signed.get("next_review_due")
        )
    except Refused as error:
        item.fault(f"this edition cannot be published: {error}")
        raise Rejected from error
    _withdraw(item, edition, run)
    run.wrote(edition, "published")


def _reviewer(item: Item, run: Run) -> Clinician:
    """Who signed as the file says, else who answers for the import. Raises Rejected for a slug that is nobody's."""
    if not item.values["published"]:
        return run.reviewer
    signed = item.values["published"][0]
    slug = signed.values["reviewer"]
    found = Clinician.objects.filter(slug=slug).first()
    if found is None:
        signed.fault(f"reviewer '{slug}' is neither on the site nor in a file without faults", "reviewer")
        raise Rejected
    return found


def _withdraw(item: Item, edition: Edition, run: Run) -> bool:
    if not (run.publish and item.values["withdrawn"] and edition.status == Edition.Status.APPROVED):
        return False
    withdrawn = item.values["withdrawn"][0].values
    actions.withdraw(edition=edition, by=BY, reason=withdrawn["withdrawn_reason"], at=withdrawn["withdrawn_at"])
    return True
