"""Panels: what stands on a change page beside its form. Each has its template, its queries, its addresses and its media.

An admin lists its panels in `panels`, in the order of the page and of their buttons. Its change form template includes
`panels.top`, `panels.beside`, `panels.below` and `panels.after` where they belong.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from foundation.adminkit.verbs import SavesFirst

TOP, BESIDE, BELOW, AFTER = "top", "beside", "below", "after"  # on top of the form, beside it, below its rows, after the form


class Panel(metaclass=forms.MediaDefiningClass):
    """`media` may be declared by an inner class `Media`, as on forms."""

    template = ""
    place = BELOW
    media: forms.Media

    def __init__(self, model_admin: Any) -> None:
        self.admin = model_admin

    def context(self, request: HttpRequest, obj: Any) -> dict[str, Any] | None:
        """What its template shows of the object; None if it does not stand on this page."""
        return {} if self.template else None

    def buttons(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """(address, label) of what it adds to the buttons of the page."""
        return []

    def urls(self) -> list[URLPattern]:
        """Its own addresses, made by `path`."""
        return []

    def path(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        return path(route, self.admin.admin_site.admin_view(view), name=self._url_name(name))

    def reverse(self, name: str, obj: Model) -> str:
        """The address of one of its own, or of the admin's other addresses."""
        return reverse(f"admin:{self._url_name(name)}", args=[obj.pk])

    def _url_name(self, name: str) -> str:
        return f"{self.admin.opts.app_label}_{self.admin.opts.model_name}_{name}"

    def find(self, request: HttpRequest, object_id: str, *, to: str = "view") -> Any:
        """The object for who may view (or change) it. Raises Http404 and PermissionDenied."""
        obj = self.admin.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not getattr(self.admin, f"has_{to}_permission")(request, obj):
            raise PermissionDenied
        return obj


class PanelAdmin(SavesFirst):
    panels: Sequence[type[Panel]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._panels = [panel(self) for panel in self.panels]

    def get_urls(self) -> list[URLPattern]:
        return [url for panel in self._panels for url in panel.urls()] + super().get_urls()

    def buttons(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        own = [button for panel in self._panels for button in panel.buttons(request, obj)]
        return [*super().buttons(request, obj), *own]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = context.get("original")
        places: dict[str, list[str]] = {TOP: [], BESIDE: [], BELOW: [], AFTER: []}
        for panel in self._panels if obj else []:
            own = panel.context(request, obj)
            if own is not None:
                context |= own
                context["media"] += panel.media
                places[panel.place].append(panel.template)
        context["panels"] = places
        return super().render_change_form(request, context, *args, **kwargs)
