"""What readers notice of `foundation`: an old address that redirects, and the pictures of the library."""

from datetime import datetime, timedelta

from foundation.pages.models import OldSlug
from foundation.pages.registry import Ends, PublicContent, register
from foundation.pictures.models import LibraryPicture
from foundation.prose.days import days_of, midnight


def _ends_of_consent(start: datetime, last: datetime) -> Ends:
    """Of a picture's pages and of its files, whose names begin with its digest or a crop's."""
    ending = LibraryPicture.objects.usable().filter(shows_person=True, consent_until__range=days_of(start, last))
    return [
        (midnight(picture.consent_until + timedelta(days=1)), name.partition("-")[0])
        for picture in ending
        if picture.consent_until
        for name, _widths in picture.files()
    ]


register(OldSlug, PublicContent(LibraryPicture, ends=_ends_of_consent))
