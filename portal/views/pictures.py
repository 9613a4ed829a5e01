"""The pictures of published pages, and of nothing else."""

from django.http import Http404, HttpRequest, HttpResponse

from foundation.pages.http import PAGE_LIFETIME, picture_file, public_page
from foundation.pictures.library import picture_models
from foundation.pictures.models import LibraryPicture
from portal.staff.sign_in import is_proven


@public_page
def picture(request: HttpRequest, digest: str, width: str, kind: str) -> HttpResponse:
    """One stored size of a picture or of its crop.

    Raises Http404 for what was taken back, and unless a public page shows the picture or staff ask who proved a second factor (for previews). The
    name is made of the content, so copies could be kept for ever. But a family may take back a picture at any moment, and
    then it must be gone: copies live as long as a page.
    """
    holding = LibraryPicture.objects.holding(digest)
    shown = list(holding.usable().values_list("name", flat=True))
    if not shown and holding.exists():
        raise Http404
    public = any(model.public_rows().filter(picture__in=shown).exists() for model in picture_models())
    if not (public or (request.user.is_staff and is_proven(request))):
        raise Http404
    return picture_file(digest, width, kind, kept=f"public, max-age={PAGE_LIFETIME}" if public else "no-store")
