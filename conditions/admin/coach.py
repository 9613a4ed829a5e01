"""The writing coach beside the form of an edition: on what is stored, and while somebody types on what is typed."""

import re
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from conditions.coach import Advice, Draft, Known, advise
from conditions.models import ConditionName, Edition, GlossaryTerm, PlainWord, Section, Source

MOST_BYTES = 400_000  # of a form: some 60,000 words, far beyond any page
OWN = ("summary", "key_points", "ask_us", "call_today", "emergency")


def stored(edition: Edition) -> Draft:
    """The draft as it was last saved, with the ids that Django's admin gives its rows."""
    sections, sources = edition.sections.all(), edition.sources.all()
    return Draft(
        edition,
        [(f"sections-{number}", section) for number, section in enumerate(sections)],
        [(f"sources-{number}", source) for number, source in enumerate(sources)],
    )


def typed(edition: Edition, data: QueryDict) -> Draft:
    """The draft as it stands in the boxes of the form, whether it could be saved or not. Nothing of it is stored."""
    own = Edition(condition_id=edition.condition_id, language=edition.language, **{name: data.get(name, "") for name in OWN})
    pictures = {str(section.pk): section.picture for section in edition.sections.all()}
    sections = [
        (box, Section(picture=pictures.get(data.get(f"{box}-id", ""), ""), **_values(data, box, Section)))
        for box in sorted(_rows(data, "sections", "body"), key=lambda box: _place(data, box))
    ]
    sources = [(box, Source(**_values(data, box, Source))) for box in _rows(data, "sources", "title")]
    return Draft(own, sections, sources)


def _rows(data: QueryDict, part: str, field: str) -> list[str]:
    """Prefixes of the rows of a formset that hold something and are not to be deleted, as they stand in the form."""
    found = [key.removesuffix(f"-{field}") for key in data if re.fullmatch(rf"{part}-\d+-{field}", key)]
    return [box for box in found if data.get(f"{box}-{field}", "").strip() and f"{box}-DELETE" not in data]


def _place(data: QueryDict, box: str) -> int:
    """What is left empty comes last."""
    digits = data.get(f"{box}-order", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,6}", digits) else 1_000_000


def _values(data: QueryDict, box: str, model: type[Section | Source]) -> dict[str, str]:
    names = {
        Section: ("kind", "heading", "body", "picture_alt", "picture_caption"),
        Source: ("title", "date"),
    }
    return {name: data.get(f"{box}-{name}", "") for name in names[model]}


def known(edition: Edition) -> Known:
    """The names of the condition and its neighbours (not their short forms), the glossary, the plain words: three queries."""
    near = Q(condition__related=edition.condition_id) | Q(condition__not_to_be_confused_with=edition.condition_id)
    theirs = near & ~Q(kind=ConditionName.Kind.ABBREVIATION)
    names = ConditionName.objects.filter(language=edition.language, kind__in=ConditionName.SHOWN)
    spoken = {"language": edition.language}
    return Known(
        tuple(
            names.filter(Q(condition=edition.condition_id) | theirs).values_list("text", flat=True).distinct().order_by("text")
        ),
        tuple(form for term in GlossaryTerm.objects.filter(**spoken) for form in term.forms),
        dict(PlainWord.objects.filter(**spoken).values_list("word", "plain")),
    )


class Coached(admin.ModelAdmin):
    """The panel on the change page of an open edition, and the address that answers it anew for the typed text."""

    def get_urls(self) -> list[URLPattern]:
        """Before the catch-all of Django's admin."""
        view = self.admin_site.admin_view(require_POST(self.coach_view))
        return [path("<int:object_id>/coach/", view, name="conditions_edition_coach"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """With the coach's notes, on the typed text if the form came back with errors."""
        edition = context.get("original")
        if edition and edition.is_open:
            context["coach"] = self.coach(request, edition)
            context["coach_address"] = reverse("admin:conditions_edition_coach", args=[edition.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def coach(self, request: HttpRequest, edition: Edition) -> Advice:
        """On what is typed when a form was sent, else on what is stored."""
        draft = typed(edition, request.POST) if request.method == "POST" else stored(edition)
        return advise(draft, known(edition))

    def coach_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The notes on the form that was sent, as a piece of HTML. Stores nothing. 413 beyond `MOST_BYTES`."""
        edition = get_object_or_404(Edition.objects.open(), pk=object_id)
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        may = {"has_change_permission": self.has_change_permission(request, edition)}
        return render(request, "admin/_coach_advice.html", {"coach": self.coach(request, edition)} | may)
