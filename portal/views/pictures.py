"""The pictures of published pages, and of nothing else."""

from django.apps import apps
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from foundation.publishing.models import Pictured, Publishable

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"


@require_safe
def picture(request: HttpRequest, digest: str, width: str) -> HttpResponse:
    """One stored size. Raises Http404 unless a public page shows the picture or staff ask (for previews)."""
    name = f"{digest}-{width}.webp"
    kept = _public_lifetime(digest)
    if not kept and not request.user.is_staff:
        raise Http404
    if not default_storage.exists(name):
        raise Http404
    with default_storage.open(name) as file:
        return HttpResponse(file.read(), content_type="image/webp", headers={"Cache-Control": kept or "no-store"})


def _public_lifetime(digest: str) -> str:
    """How long copies may be kept; "" if no public page shows it.

    The name is made of the content, so it could be kept for ever. But stories and news can be taken down at any moment,
    a story because its family says so, and then its picture must be gone as well: copies of those live for a minute.
    """
    models = [model for model in apps.get_models() if issubclass(model, Pictured)]
    for model in sorted(models, key=lambda model: issubclass(model, Publishable)):
        if model.shows_publicly(digest):
            return FOR_A_MINUTE if issubclass(model, Publishable) else FOR_EVER
    return ""
