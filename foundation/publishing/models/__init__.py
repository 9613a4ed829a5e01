"""Abstract parts of everything that is published, the picture library, and what is known of links."""

from foundation.publishing.models.library import LibraryPicture
from foundation.publishing.models.links import Link, OutsideAddress
from foundation.publishing.models.pictured import Pictured, PicturedManager, Use
from foundation.publishing.models.published import OldSlug, Publishable, PublishableQuerySet, SampleMarked, Slugged
from foundation.publishing.models.sent import SentForm
from foundation.publishing.models.version import ContentVersion

__all__ = [
    "ContentVersion",
    "LibraryPicture",
    "Link",
    "OldSlug",
    "OutsideAddress",
    "Pictured",
    "PicturedManager",
    "Publishable",
    "PublishableQuerySet",
    "SampleMarked",
    "SentForm",
    "Slugged",
    "Use",
]
