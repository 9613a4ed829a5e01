"""Links on the pages of forms to rows that somebody may not see: Django links every related row, whoever looks."""

import re
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

LINK = r'<a href="{index}(\w+)/(\w+)/[^"/]+/change/[^"]*">(.*?)</a>'


class OwnLinksAdmin(admin.ModelAdmin):
    """Where a link would lead to a refusal, its words stand alone."""

    def render_change_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: Any = super().render_change_form(request, *args, **kwargs)
        response.add_post_render_callback(partial(self._leave_words_alone, request))
        return response

    def _leave_words_alone(self, request: HttpRequest, response: HttpResponse) -> None:
        def words(link: re.Match[str]) -> str:
            return link[3] if self._is_refused(request, link[1], link[2]) else link[0]

        found = re.compile(LINK.format(index=re.escape(reverse("admin:index"))), re.DOTALL)
        response.content = found.sub(words, response.content.decode()).encode()

    def _is_refused(self, request: HttpRequest, app: str, model: str) -> bool:
        """Not an address that only a text names, and that leads nowhere."""
        try:
            kind = self.admin_site.get_model_admin(apps.get_model(app, model))
        except (LookupError, NotRegistered):
            return False
        return not kind.has_view_permission(request)
