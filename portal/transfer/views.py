"""Moving in and out by the admin: CSV files that are looked at first, and all public content as one file."""

from base64 import b64decode, b64encode
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation.adminkit.csv_file import csv_file
from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from portal.transfer import csv_import
from portal.transfer.content_export import export_zip
from portal.transfer.content_files import Invalid
from portal.transfer.content_import import KINDS
from portal.transfer.csv_import import MOST_BYTES, SHEETS, Sheet

HOUR = 3600  # seconds for which a plan that was shown can be carried out
SALT = "portal.moving"


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("Up to 1 MB. Separated by comma, semicolon or tab."),
    )

    def clean_file(self) -> bytes:
        return self.cleaned_data["file"].read(MOST_BYTES + 1)


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    sheets = [sheet for sheet in SHEETS.values() if sheet.allows(request.user)]
    context = {"title": _("Moving in and out"), "sheets": sheets, "may_export": _may_export(request)}
    return _render(request, "start", context)


@require_safe
def template(request: HttpRequest, name: str) -> HttpResponse:
    sheet = _sheet(request, name)
    return csv_file(sheet.name, sheet.template)


@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """Takes a file, shows what it would do, then does it. The file waits in the page itself, signed for this person."""
    sheet = _sheet(request, name)
    context: dict[str, Any] = {"title": sheet.label, "sheet": sheet, "form": UploadForm()}
    try:
        if "kept" in request.POST:
            return _carry_out(request, sheet, context)
        if request.method == "POST":
            context["form"] = UploadForm(request.POST, request.FILES)
            if context["form"].is_valid():
                context |= _plan(request, sheet, context["form"].cleaned_data["file"])
    except Invalid as error:
        context["form"].add_error("file", str(error))
    return _render(request, "kind", context)


def _plan(request: HttpRequest, sheet: Sheet, content: bytes) -> dict[str, Any]:
    """The plan, and the file with the plan's digest for the second step."""
    plan = csv_import.make_plan(sheet, content)
    kept = {"file": b64encode(content).decode(), "digest": plan.digest, "kind": sheet.name, "user": staff(request).pk}
    states = (csv_import.NEW, csv_import.CHANGED, csv_import.SAME, csv_import.FAULT)
    counts = [(state, plan.count(state)) for state in states]
    return {"plan": plan, "counts": counts, "kept": signing.dumps(kept, salt=SALT, compress=True)}


def _carry_out(request: HttpRequest, sheet: Sheet, context: dict[str, Any]) -> HttpResponse:
    """Exactly what was shown; if that is no longer what would happen, nothing, and what would happen now is shown."""
    try:
        kept = signing.loads(request.POST["kept"], salt=SALT, max_age=HOUR)
    except signing.BadSignature:
        kept = {}
    if (kept.get("kind"), kept.get("user")) != (sheet.name, staff(request).pk):
        messages.error(request, _("Nothing was imported. An hour has passed since you looked: choose the file again."))
        return redirect("admin:moving_kind", sheet.name)
    content = b64decode(kept["file"])
    try:
        plan = csv_import.carry_out(sheet, content, by=staff(request), digest=kept["digest"])
    except csv_import.SiteChanged as stopped:
        some = _("The site was changed meanwhile: only the first %(rows)s rows were imported. Below is what is left to do.")
        nothing = _("Nothing was imported. The site was changed since you looked: look once more.")
        messages.error(request, some % {"rows": stopped.done} if stopped.done else nothing)
        return _render(request, "kind", context | _plan(request, sheet, content))
    counts = {"new": plan.count(csv_import.NEW), "changed": plan.count(csv_import.CHANGED)}
    messages.success(request, _("Imported: %(new)s new, %(changed)s changed.") % counts)
    return redirect(sheet.list_name)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Asks; then sends every content file (`docs/content-files.md`) in one zip file, as it is made: that can take minutes.

    One audit record before the first byte leaves, one with its digest when all have left.
    """
    if not _may_export(request):
        raise PermissionDenied
    if request.method != "POST":
        return _render(request, "export", {"title": _("Export all content")})
    user = staff(request)
    record(by=user, verb="exported all content", obj=user)
    content = export_zip(
        lambda files, digest: record(by=user, verb="received all content", obj=user, files=files, sha256=digest)
    )
    headers = {"Content-Disposition": f'attachment; filename="content-{timezone.localdate()}.zip"'}
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


def _may_export(request: HttpRequest) -> bool:
    """Whoever may see all that is in it, the families’ authorizations too."""
    models = [kind.model._meta for kind in KINDS if kind.model]
    seen = [f"{meta.app_label}.view_{meta.model_name}" for meta in models]
    return staff(request).has_perms([*seen, "conditions.view_edition", "stories.view_authorization"])


def _sheet(request: HttpRequest, name: str) -> Sheet:
    if name not in SHEETS:
        raise Http404
    if not SHEETS[name].allows(request.user):
        raise PermissionDenied
    return SHEETS[name]


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/moving/{name}.html", admin.site.each_context(request) | context)
