"""Pages of the admin that belong to no model: what links where, moving in, and taking everything out."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from portal.staff import link_views
from portal.transfer import views as transfer


def addresses(admin_view: Callable[..., Any]) -> list[URLPattern]:
    """Below `/admin/`, for staff alone, as `admin_view` sees to."""
    views: list[tuple[str, Callable[..., Any], str]] = [
        ("links/", link_views.broken, "links"),
        ("links/find/", link_views.find, "find_page"),
        ("links/to/<str:kind>/<int:pk>/", link_views.leading_to, "links_to"),
        ("moving/", transfer.start, "moving"),
        ("moving/<slug:name>/", transfer.kind, "moving_kind"),
        ("moving/<slug:name>.csv", transfer.template, "moving_template"),
        ("export/", transfer.export, "export"),
    ]
    return [path(route, admin_view(view), name=name) for route, view, name in views]
