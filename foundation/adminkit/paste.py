"""What is pasted into the prose editor, made ours: `static/js/admin-paste.js` asks."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from foundation.prose.foreign import convert
from foundation.prose.losses import sentences
from foundation.prose.text import for_editor

MOST_BYTES = 2_000_000  # of a paste: Word writes some 100 KB of styles around a page


@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """Stores nothing. 413 beyond `MOST_BYTES`."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return HttpResponse(status=413)
    found = convert(request.POST.get("html", ""))
    return JsonResponse({"html": for_editor(found.html), "notes": sentences(found)})
