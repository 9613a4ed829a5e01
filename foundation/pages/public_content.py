"""What readers notice of `foundation`: an old address that redirects, and the pictures of the library."""

from foundation.pages.models import OldSlug
from foundation.pages.registry import register
from foundation.pictures.models import LibraryPicture

register(OldSlug, LibraryPicture)
