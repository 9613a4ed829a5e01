"""The picture library, and what every model with a picture of its own has."""

from foundation.pictures.models.picture import LibraryPicture
from foundation.pictures.models.pictured import Pictured, PicturedManager, Use
