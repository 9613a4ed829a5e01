"""Pages of the admin that belong to no model: what links where, moving in, and taking everything out."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from portal.views import linking, moving


def addresses(admin_view: Callable[..., Any]) -> list[URLPattern]:
    """Below `/admin/`, for staff alone, as `admin_view` sees to."""
    views: list[tuple[str, Callable[..., Any], str]] = [
        ("links/", linking.broken, "links"),
        ("links/find/", linking.find, "find_page"),
        ("links/to/<str:kind>/<int:pk>/", linking.leading_to, "links_to"),
        ("moving/", moving.start, "moving"),
        ("moving/<slug:name>/", moving.kind, "moving_kind"),
        ("moving/<slug:name>.csv", moving.template, "moving_template"),
        ("export/", moving.export, "export"),
    ]
    return [path(route, admin_view(view), name=name) for route, view, name in views]
