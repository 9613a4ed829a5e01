"""Moving in and out by the admin: CSV files that are looked at first, and all public content as one file."""

import csv
import hashlib
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from foundation.adminkit.verbs import staff
from foundation.audit.actions import record
from portal.transfer.spreadsheets import plan
from portal.transfer.spreadsheets.kinds import KINDS, Kind
from portal.transfer.spreadsheets.table import MOST_BYTES, Unreadable

HOUR = 3600  # seconds for which a file that was looked at can be done
SALT = "portal.moving"


class UploadForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("Up to 1 MB. Separated by comma, semicolon or tab."),
    )

    def clean_file(self) -> bytes:
        """Its bytes, no more than one too many."""
        content: bytes = self.cleaned_data["file"].read(MOST_BYTES + 1)
        return content


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What this person can move in or take out."""
    kinds = [kind for kind in KINDS.values() if kind.allowed(request.user)]
    context = {"title": _("Moving in and out"), "kinds": kinds, "may_export": _may_export(request)}
    return _render(request, "start", context)


@require_safe
def template(request: HttpRequest, name: str) -> HttpResponse:
    """An empty file with its headings and one row that shows how."""
    kind = _kind(request, name)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind.name}.csv"'
    answer.write("\ufeff")  # spreadsheets then read it as UTF-8
    examples = {column.name: column.example for column in kind.columns}
    csv.writer(answer).writerows([kind.headings, [examples.get(heading, "") for heading in kind.headings]])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """Takes a file, shows what it would do, then does it. The file waits in the page itself, signed for this person."""
    chosen = _kind(request, name)
    context: dict[str, Any] = {"title": chosen.label, "kind": chosen, "form": UploadForm()}
    try:
        if "kept" in request.POST:
            return _do(request, chosen, context)
        if request.method == "POST":
            context["form"] = UploadForm(request.POST, request.FILES)
            if context["form"].is_valid():
                context |= _looked(request, chosen, context["form"].cleaned_data["file"])
    except Unreadable as fault:
        context["form"].add_error("file", str(fault))
    return _render(request, "kind", context)


def _looked(request: HttpRequest, chosen: Kind, content: bytes) -> dict[str, Any]:
    """The plan, and the file with the plan's digest for the second step."""
    found = plan.look(chosen, content)
    kept = {"file": b64encode(content).decode(), "digest": found.digest, "kind": chosen.name, "user": staff(request).pk}
    counts = [(state, found.count(state)) for state in (plan.NEW, plan.CHANGED, plan.SAME, plan.FAULT)]
    return {"plan": found, "counts": counts, "kept": signing.dumps(kept, salt=SALT, compress=True)}


def _do(request: HttpRequest, chosen: Kind, context: dict[str, Any]) -> HttpResponse:
    """Exactly what was shown; if that is no longer what would happen, nothing, and what would happen now is shown."""
    try:
        kept = signing.loads(request.POST["kept"], salt=SALT, max_age=HOUR)
    except signing.BadSignature:
        kept = {}
    if (kept.get("kind"), kept.get("user")) != (chosen.name, staff(request).pk):
        messages.error(request, _("Nothing was imported. An hour has passed since you looked: choose the file again."))
        return redirect("admin:moving_kind", chosen.name)
    content = b64decode(kept["file"])
    try:
        done = plan.do(chosen, content, by=staff(request), digest=kept["digest"])
    except plan.Otherwise as stopped:
        told = _("The site was changed meanwhile: only the first %(rows)s rows were imported. Below is what is left to do.")
        nothing = _("Nothing was imported. The site was changed since you looked: look once more.")
        messages.error(request, told % {"rows": stopped.done} if stopped.done else nothing)
        return _render(request, "kind", context | _looked(request, chosen, content))
    counts = {"new": done.count(plan.NEW), "changed": done.count(plan.CHANGED)}
    messages.success(request, _("Imported: %(new)s new, %(changed)s changed.") % counts)
    return redirect(f"admin:{chosen.model._meta.app_label}_{chosen.model._meta.model_name}_changelist")


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse | FileResponse:
    """Asks; then sends every content file (`docs/content-files.md`) in one zip file, and says so in the audit record."""
    if not _may_export(request):
        raise PermissionDenied
    if request.method != "POST":
        return _render(request, "export", {"title": _("Export all content")})
    from portal.transfer.files.write import export as write_files

    with TemporaryDirectory() as folder, transaction.atomic():
        names = write_files(Path(folder))
        file = BytesIO()  # tens of MB, pictures and all
        with ZipFile(file, "w", ZIP_DEFLATED) as bundle:
            for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
                bundle.write(path, path.relative_to(folder))
        digest = hashlib.sha256(file.getbuffer()).hexdigest()
        record(by=staff(request), verb="exported all content", obj=staff(request), files=len(names), sha256=digest)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"content-{timezone.localdate()}.zip")


def _may_export(request: HttpRequest) -> bool:
    """Whoever may see all that is in it, the families’ authorizations too."""
    from portal.transfer.files.load import ROOMS  # 2 MB with YAML, for this page alone

    models = [room.shape.model for room in ROOMS if room.shape.model]
    seen = [f"{model._meta.app_label}.view_{model._meta.model_name}" for model in models]
    return staff(request).has_perms([*seen, "conditions.view_edition", "stories.view_authorization"])


def _kind(request: HttpRequest, name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    if not KINDS[name].allowed(request.user):
        raise PermissionDenied
    return KINDS[name]


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/moving/{name}.html", admin.site.each_context(request) | context)
