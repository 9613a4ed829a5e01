"""What readers see of the picture library."""

from foundation.pages.registry import register
from foundation.pictures.models import LibraryPicture

register(LibraryPicture)
