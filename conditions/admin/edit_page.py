"""What the edit page of an edition shows beside its boxes: how each part stands against the text that was signed last."""

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, NamedTuple

from django import forms
from django.contrib.admin.utils import label_for_field
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _, ngettext

from conditions import actions, comparison
from conditions.models import TEXT_FIELDS, Edition, Section, SignOff
from foundation.adminkit.picture_forms import Thumbnail
from foundation.adminkit.verbs import in_words
from foundation.prose.readability import WORD
from foundation.prose.text import plain, safe_html

GIST = 90  # characters
EMPTY, DONE = "empty", "done"


@dataclass
class Fold:
    """A part of the page that opens by itself. `state` is "", EMPTY, DONE or what `comparison` found; `words` are counted."""

    id: str
    title: str
    state: str = ""
    state_in_words: str = ""
    words: int = 0
    gist: str = ""
    kind: str = ""
    thumbnail: str = ""
    form: forms.BaseForm | None = None
    boxes: list[forms.BoundField] = field(default_factory=list)
    about_picture: list[forms.BoundField] = field(default_factory=list)
    about_place: list[forms.BoundField] = field(default_factory=list)
    error: bool = False


@dataclass
class SignedText:
    """The text that was signed last: the same as now (`same`), or another, and what differs from it (`places`)."""

    edition: Edition
    same: SignOff | None = None
    last: SignOff | None = None
    places: list[comparison.Place] = field(default_factory=list)

    @classmethod
    def of(cls, edition: Edition) -> "SignedText":
        text = edition.clinical_text()
        digest = edition.digest_of(text)
        same = actions.earlier_signatures(edition, digest).last()
        last = None if same else actions.last_signature(edition, digest)
        before = text if same else last.text if last else None
        return cls(edition, same, last, comparison.compare(before, text) if before else [])

    @property
    def needed(self) -> dict[str, str]:
        """Whether this text must be signed: `words`, and the `address` of what differs."""
        if self.same:
            words = _("No word, link or picture differs from the text that %(who)s signed on %(day)s.")
            return {"words": words % {"who": self.same.reviewer, "day": in_words(self.same.reviewed_on)}, "address": ""}
        if self.last is None:
            return {"words": _("Nobody signed a text of this page yet. It must be signed."), "address": ""}
        count = len(comparison.changed(self.places))
        words = ngettext(
            "%(count)d place differs from the text that %(who)s signed on %(day)s. It must be signed.",
            "%(count)d places differ from the text that %(who)s signed on %(day)s. It must be signed.",
            count,
        )
        address = reverse("admin:conditions_edition_compare", args=[self.edition.pk])
        facts = {"count": count, "who": self.last.reviewer, "day": in_words(self.last.reviewed_on)}
        return {"words": words % facts, "address": f"{address}?left=s{self.last.pk}"}

    def states(self, start: int, count: int) -> list[comparison.Place | None]:
        """What became of `count` parts of the text from number `start` on; None of each if nothing was signed."""
        stayed = [place for place in self.places if comparison.REMOVED not in place.states][start : start + count]
        return [*stayed, *[None] * (count - len(stayed))]


def section_folds(signed: SignedText, formset: Any) -> list[Fold]:
    rows = formset.initial_forms
    states = signed.states(len(TEXT_FIELDS), len(rows))
    return [_section_fold(form, place) for form, place in zip_longest([*rows, *formset.extra_forms], states)]


def _section_fold(form: Any, place: comparison.Place | None) -> Fold:
    words = plain(form["body"].value() or "")
    kind = form["kind"].value()
    title = form["heading"].value() or (Section.Kind(kind).label if kind in Section.Kind.values else _("New section"))
    fold = Fold(form.prefix, str(title), form=form, words=len(WORD.findall(words)), error=bool(form.errors))
    fold.gist, fold.kind = Truncator(words).chars(GIST), kind
    fold.about_picture = _filled(form, "library", "no_picture", "picture_alt", "picture_caption")
    fold.about_place = _filled(form, "order", *(["kind", "DELETE"] if form.instance.pk else []))
    fold.thumbnail = Thumbnail().thumbnail(form.instance) if form.instance.picture else ""
    return _with_state(fold, place)


def _filled(form: Any, *names: str) -> list[forms.BoundField]:
    """What the hidden boxes hold for those that come when their fold is opened."""
    return [form[name] for name in names if str(form[name].value()) not in {"", "None", "False"}]  # the first place is 0


def source_folds(signed: SignedText, formset: Any, sections: int) -> list[Fold]:
    rows = formset.initial_forms
    states = signed.states(len(TEXT_FIELDS) + sections, len(rows))
    folds = []
    for form, place in zip_longest([*rows, *formset.extra_forms], states):  # nothing was signed of a new one
        title = form["title"].value() or _("New source")
        folds.append(_with_state(Fold(form.prefix, title, form=form, words=1, error=bool(form.errors)), place))
    return folds


def first_folds(signed: SignedText, form: Any) -> list[Fold]:
    """The short answer with the key points, and the urgent advice."""
    own = signed.states(0, len(TEXT_FIELDS))
    parts = [
        ("top", _("First on the page"), TEXT_FIELDS[:2], own[:2]),
        ("urgent", _("Urgent advice"), TEXT_FIELDS[2:], own[2:]),
    ]
    folds = []
    for name, title, fields, places in parts:
        words = " ".join(form[each].value() or "" for each in fields)
        fold = Fold(name, title, words=len(WORD.findall(words)), error=any(each in form.errors for each in fields))
        fold.boxes = [form[each] for each in fields]
        fold.gist = Truncator(" ".join(words.split())).chars(GIST)
        differs = [place for place in places if place and place.states]
        folds.append(_with_state(fold, differs[0] if differs else places[0]))
    return folds


def _with_state(fold: Fold, place: comparison.Place | None) -> Fold:
    if not fold.words:
        fold.state, fold.state_in_words = EMPTY, _("empty")
    elif place is None:
        fold.state, fold.state_in_words = DONE, ""
    elif place.states:
        fold.state, fold.state_in_words = place.states[0], place.states_in_words.lower()
    else:
        fold.state, fold.state_in_words = DONE, _("as signed")
    return fold


class Obstacle(NamedTuple):
    """What stands in the way of a verb, and the address where it is put right."""

    words: str
    address: str


def obstacles(edition: Edition, verb: str) -> list[Obstacle]:
    page = reverse("admin:conditions_edition_change", args=[edition.pk])
    if verb not in {"submit", "sign-off", "approve"} or not edition.is_open:
        return []
    condition = reverse("admin:conditions_condition_change", args=[edition.condition_id])
    found = [Obstacle(gap.words, f"{page}#{gap.place}" if gap.place else condition) for gap in actions.gaps(edition)]
    if verb in {"sign-off", "approve"}:
        found += [Obstacle(words, f"{page}#comments") for words in actions.unanswered(edition)]
    if verb == "approve":
        found += [Obstacle(words, page) for words in actions.still_to_sign(edition)]
    return found


def text_to_review(edition: Edition) -> dict[str, Any]:
    """The whole text, its digest, and what changed in it since a reviewer last signed (`since`, `changed`)."""
    digest = edition.digest()
    since = actions.last_signature(edition, digest)
    return {
        "sections": [(row, safe_html(row.body), Thumbnail().thumbnail(row)) for row in edition.sections.with_pictures()],
        "urgent": [(label_for_field(level, Edition), signs) for level, signs in edition.urgent.items()],
        "digest": digest,
        "since": since,
        "changed": comparison.changed(comparison.compare(since.text, edition.clinical_text())) if since else [],
        "sign_offs": actions.earlier_signatures(edition, digest),
    }
