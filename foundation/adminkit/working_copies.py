"""Forms whose typed words outlive a crash, an ended sign-in and a closed laptop, also on another device.

The browser keeps them at once and the site moments later (`admin-keep.js`). Neither is ever saved, signed or shown to anybody else.
"""

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.adminkit.edit_conflicts import FreshAdmin
from foundation.adminkit.models import WorkingCopy
from foundation.adminkit.verbs import staff
from foundation.privacy import limits

NEW = "new"  # in an address: what is not added yet
NAME = r"\A[a-z0-9]{8,40}\Z"  # of an opened page
MOST_BYTES = 400_000  # of the changed boxes: some 60,000 words
MOST, PER = 2_000, timedelta(hours=1)  # a page sends every four seconds while somebody types
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "FxiOS/": "Firefox", "CriOS/": "Chrome"} | {
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows"} | {
    "CrOS": "ChromeOS",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}


class SavedForm(forms.Form):
    """What a form that is saved says: under which names its words were kept. Nothing without script."""

    kept = forms.RegexField(r"\A[a-z0-9]{8,40}(?: [a-z0-9]{8,40}){0,20}\Z")


class WorkingCopyForm(forms.Form):
    """`place` and `typed` come as often as there are changed boxes, in the same order."""

    name = forms.RegexField(NAME)
    number = forms.IntegerField(min_value=1, max_value=2**53)
    seen = forms.CharField(required=False, max_length=100)
    place = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    typed = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        places, typed = cleaned.pop("place", []), cleaned.pop("typed", [])
        if len(places) != len(typed):
            raise forms.ValidationError("A place without words, or words without a place.", code="uneven")
        return cleaned | {"words": dict(zip(places, typed, strict=True))}


class KeptAdmin(FreshAdmin):
    """What is typed into these forms is kept until it is saved; of the forms of their verbs the browser alone keeps it.

    A message marked “saved” ends that. Only for what is meant to be published, never for what families tell us.
    """

    change_form_template = "admin/kept_change_form.html"
    keeps_typed = True

    def message_user(self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **kwargs: Any) -> None:
        if level == messages.SUCCESS:
            kwargs["extra_tags"] = "saved"
        super().message_user(request, message, level, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.working_copy_view))
        return [path("<path:object_id>/working-copy/", view, name=self._working_copy_url), *super().get_urls()]

    @property
    def _working_copy_url(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_working_copy"

    def working_copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keeps what one opened page holds, for who may save it; who may only see it can throw words away.

        410 if the page was saved meanwhile, 409 if words that it holds were erased, 413 beyond `MOST_BYTES`.
        """
        obj = self._found(request, object_id)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        form = WorkingCopyForm(request.POST)
        if not form.is_valid():
            return JsonResponse({"errors": form.errors.get_json_data()}, status=400)
        if obj and self.form.is_erased_since(obj, form.cleaned_data["seen"]):
            return HttpResponse(status=409)
        if not limits.allowed(request, what="working copy", most=MOST, per=PER, who=str(staff(request).pk)):
            return HttpResponse(status=429)
        facts = form.cleaned_data | self._about(obj) | {"device": device(request)}
        if not WorkingCopy.objects.keep(editor=staff(request), **facts):
            return HttpResponse(status=410)
        return JsonResponse({"news": self.news_since(obj, form.cleaned_data["seen"]) if obj else []})

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        """None for what is not added yet. Raises Http404 and PermissionDenied."""
        obj = None if object_id == NEW else self.get_object(request, object_id)
        if obj is None and object_id != NEW:
            raise Http404
        is_thrown_away = obj is not None and "name" in request.POST and "place" not in request.POST
        if not (self.has_view_permission(request, obj) if is_thrown_away else self._may_save(request, obj)):
            raise PermissionDenied
        return obj

    def _may_save(self, request: HttpRequest, obj: Any) -> bool:
        return self.has_change_permission(request, obj) if obj else self.has_add_permission(request)

    def _about(self, obj: Any) -> dict[str, str]:
        return {"kind": self.opts.label_lower, "object_id": str(obj.pk) if obj else ""}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A page that was open while its words were erased brings them back by no way."""
        obj = self.get_object(request, unquote(object_id)) if request.method == "POST" else None
        if obj and self.has_change_permission(request, obj) and self.form.is_erased_since(obj, request.POST.get("seen", "")):
            messages.error(request, _("Words of this page were erased for good while you had it open. Nothing was saved."))
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk]))
        return super().change_view(request, object_id, form_url, extra_context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        saved = SavedForm(request.POST)
        about = self._about(form.instance if change else None)
        for name in saved.cleaned_data["kept"].split() if saved.is_valid() else []:
            WorkingCopy.objects.end(editor=staff(request), name=name, **about)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            WorkingCopy.objects.about(obj).delete()
        return super().log_deletions(request, queryset)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        obj = context.get("original")
        copies = WorkingCopy.objects.unsaved(staff(request)).filter(**self._about(obj))
        context["working_copies"] = json.dumps([_entry(copy) for copy in copies if not copy.unreadable()])
        context["copies_at"] = reverse(f"admin:{self._working_copy_url}", args=[obj.pk if obj else NEW])
        context["erased"] = self.form.last_erasing(obj) if obj else 0
        context["may_keep"] = self._may_save(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)


def _entry(copy: WorkingCopy) -> dict[str, Any]:
    """As the browser keeps its own; moments in milliseconds since 1970."""
    moments = {"since": int(copy.begun_at.timestamp() * 1000), "at": int(copy.at.timestamp() * 1000)}
    return moments | {"name": copy.name, "seen": copy.seen, "device": copy.device, "fields": copy.read()}


def device(request: HttpRequest) -> str:
    """The browser and system that a request says it comes from, for people to recognise."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for sign, name in BROWSERS.items() if sign in agent), _("another browser"))
    system = next((name for sign, name in SYSTEMS.items() if sign in agent), "")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser
