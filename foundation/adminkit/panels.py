"""Panels: what stands on a change page beside its form. Each has its template, its queries, its addresses and its media.

An admin lists its panels in `panels`, in the order of the page and of their buttons. Its change form template includes
`panels.top`, `panels.beside`, `panels.below` and `panels.after` where they belong.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

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
        return self.admin.own_path(route, view, name)

    def reverse(self, name: str, obj: Model) -> str:
        return self.admin.own_address(name, obj)

    def find(self, request: HttpRequest, object_id: str, *, to: str = "view") -> Any:
        return self.admin.find(request, object_id, to=to)


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
