"""The writing coach beside the form of an edition: on what is stored, and while somebody types on what is typed."""

import re
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern
from django.utils.html import escape
from django.views.decorators.http import require_POST, require_safe

from conditions.coach import Draft, Passage, Vocabulary, advise
from conditions.models import TEXT_FIELDS, ConditionName, Edition, GlossaryTerm, MedicineWarning, PlainWord, Section, Source
from foundation.adminkit.panels import BESIDE, Panel
from foundation.prose.text import Explainer, Term, plain

MOST_BYTES = 400_000  # of a form: some 60,000 words, far beyond any page
FIELDS = {Section: ("kind", "heading", "body", "picture_alt", "picture_caption"), Source: ("title", "date")}


def stored_draft(edition: Edition) -> Draft:
    """As it was last saved, with the ids that Django's admin gives its rows."""
    sections, sources = edition.sections.all(), edition.sources.all()
    return Draft(
        edition,
        [(f"sections-{number}", section) for number, section in enumerate(sections)],
        [(f"sources-{number}", source) for number, source in enumerate(sources)],
    )


def typed_draft(edition: Edition, data: QueryDict) -> Draft:
    """As it stands in the boxes of the form, whether it could be saved or not. Nothing of it is stored."""
    text = {name: data.get(name, "") for name in TEXT_FIELDS}
    typed = Edition(condition_id=edition.condition_id, language=edition.language, **text)
    pictures = {str(section.pk): section.picture for section in edition.sections.all()}
    sections = [
        (box, Section(picture=pictures.get(data.get(f"{box}-id", ""), ""), **_values(data, box, Section)))
        for box in sorted(_rows(data, "sections", "body"), key=lambda box: _place(data, box))
    ]
    sources = [(box, Source(**_values(data, box, Source))) for box in _rows(data, "sources", "title")]
    return Draft(typed, sections, sources)


def _rows(data: QueryDict, part: str, field: str) -> list[str]:
    """Prefixes of the rows of a formset that hold something and are not to be deleted, as they stand in the form."""
    found = [key.removesuffix(f"-{field}") for key in data if re.fullmatch(rf"{part}-\d+-{field}", key)]
    return [box for box in found if data.get(f"{box}-{field}", "").strip() and f"{box}-DELETE" not in data]


def _place(data: QueryDict, box: str) -> int:
    """What is left empty comes last."""
    digits = data.get(f"{box}-order", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,6}", digits) else 1_000_000


def _values(data: QueryDict, box: str, model: type[Section | Source]) -> dict[str, str]:
    return {name: data.get(f"{box}-{name}", "") for name in FIELDS[model]}


def vocabulary(draft: Draft) -> Vocabulary:
    """Four queries: names of the condition and its neighbours (not short ones), glossary, plain words, warnings on medicines."""
    edition = draft.edition
    near = Q(condition__related=edition.condition_id) | Q(condition__not_to_be_confused_with=edition.condition_id)
    names = ConditionName.objects.filter(
        Q(condition=edition.condition_id) | near & ~Q(kind=ConditionName.Kind.ABBREVIATION),
        language=edition.language,
        kind__in=ConditionName.SHOWN,
    )
    own = [getattr(edition, name) for name in TEXT_FIELDS]
    words = " ".join([*own, *(f"{row.heading} {plain(row.body)} {row.picture_caption}" for _box, row in draft.sections)])
    glossary = GlossaryTerm.objects.perhaps_in(words, edition.language)
    plain_words = PlainWord.objects.filter(language=edition.language)
    return Vocabulary(
        tuple(names.values_list("text", flat=True).distinct().order_by("text")),
        tuple(form for term in glossary for form in term.forms),
        dict(plain_words.values_list("word", "plain")),
        tuple(MedicineWarning.objects.filter(language=edition.language)),
    )


class CoachPanel(Panel):
    """The coach's notes on an open edition; the page asks anew for the typed text."""

    template = "admin/_coach.html"
    place = BESIDE

    class Media:
        css = {"all": ["css/admin-coach.css"]}

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        """The script of the edit page asks once the page is there; without one, a link asks.

        At once come notes for who only reads, and on what was typed into a form that came back.
        """
        if not obj.is_open:
            return None
        draft = None
        if request.method == "POST":
            draft = typed_draft(obj, request.POST)
        elif "coach" in request.GET or not self.admin.has_change_permission(request, obj):
            draft = stored_draft(obj)
        advice = advise(draft, vocabulary(draft)) if draft else None
        return {"coach": advice, "coach_address": self.reverse("coach", obj)}

    def urls(self) -> list[URLPattern]:
        return [self.path("<int:object_id>/coach/", require_POST(self.coach_view), "coach")]

    def coach_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The notes on the form that was sent, as a piece of HTML. Stores nothing. 413 beyond `MOST_BYTES`."""
        edition = get_object_or_404(Edition.objects.open(), pk=object_id)
        if not self.admin.has_view_permission(request, edition):
            raise PermissionDenied
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        draft = typed_draft(edition, request.POST)
        may_change = self.admin.has_change_permission(request, edition)
        context = {"coach": advise(draft, vocabulary(draft)), "has_change_permission": may_change}
        return render(request, "admin/_coach_advice.html", context)


class ReaderPanel(Panel):
    """The draft as it was last saved, as a phone shows it, with what the coach notes marked in it. It comes when it is opened."""

    template = "admin/conditions/edition/_reader.html"
    place = BESIDE

    def context(self, request: HttpRequest, obj: Edition) -> dict[str, Any] | None:
        return {"reader_address": self.reverse("reader", obj)} if obj.is_open else None

    def urls(self) -> list[URLPattern]:
        return [self.path("<path:object_id>/reader/", require_safe(self.reader_view), "reader")]

    def reader_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        edition = self.find(request, object_id)
        if not edition.is_open:
            raise PermissionDenied
        draft = stored_draft(edition)
        bodies = {box: section.body for box, section in draft.sections}
        passages = advise(draft, vocabulary(draft)).passages
        shown = [(passage, *_marked(passage, bodies.get(passage.box, ""))) for passage in passages]
        return render(request, "admin/conditions/edition/_reader_text.html", {"passages": shown, "original": edition})


def _marked(passage: Passage, html: str) -> tuple[Any, list[Any]]:
    """The text of a passage, whose noted words lead to their notes, and these notes: (id, note) of each."""
    html = html or "".join(f"<p>{escape(block.text)}</p>" for block in passage.blocks)
    notes = [(f"{passage.box}-{number}", note) for number, note in enumerate(passage.notes)]
    terms = [Term(note.words, "", (note.words.removesuffix(" …"),), slug=slug) for slug, note in notes if note.words]
    return Explainer(terms)(html), notes
