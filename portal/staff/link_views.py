"""Links in the admin: finding a page of ours to link to, what links where, and which links broke."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import override

from foundation.links import link_index
from foundation.pages.models import Slugged
from foundation.prose.typed import prose
from foundation.search.actions import ask

MOST = 50  # links of a list; the next come when these are mended


def find(request: HttpRequest) -> HttpResponse:
    """Pages that visitors can read now, for the words `q` in the language `language`; as data where `as=data` is asked."""
    question, wanted = prose(request.GET.get("q", "")[:200], lines=False), request.GET.get("language", "")
    language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with override(language):
        pages = [(hit.page.title, hit.page.url, str(hit.label)) for hit in ask(question, language).hits]
    if request.GET.get("as") == "data":
        return JsonResponse({"pages": pages})
    context = {"title": _("Find a page to link to"), "question": question, "language": language, "pages": pages}
    return _render(request, "find", context | {"languages": settings.LANGUAGES})


def broken(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("links.view_link"):
        raise PermissionDenied
    own, elsewhere, renamed = (
        list(rows[: MOST + 1]) for rows in (link_index.broken(), link_index.broken_elsewhere(), link_index.renamed())
    )
    lists = [
        (
            _("Links to our own pages that lead nowhere"),
            _("Every link to a page of ours works."),
            link_index.broken_links(own[:MOST]),
            len(own) > MOST,
        ),
        (
            _("Links elsewhere that broke"),
            _("No outside address was found broken."),
            link_index.outside_faults(elsewhere[:MOST]),
            len(elsewhere) > MOST,
        ),
        (
            _("Links by an old address"),
            _("No link uses an old address."),
            link_index.renamed_links(renamed[:MOST]),
            len(renamed) > MOST,
        ),
    ]
    return _render(request, "broken", {"title": _("Links to look at"), "lists": lists, "most": MOST})


def leading_to(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    if not issubclass(model, Slugged) or not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        raise PermissionDenied
    row: Any = get_object_or_404(model._base_manager, pk=pk)
    links = list(link_index.leading_to(row)[: MOST + 1])
    context = {"title": _("What links here"), "subtitle": row, "row": row, "more": len(links) > MOST, "most": MOST}
    return _render(request, "leading_to", context | {"findings": link_index.findings(links[:MOST])})


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/links/{name}.html", admin.site.each_context(request) | context)
