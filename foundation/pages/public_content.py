"""What readers notice of `foundation.pages`: an old address that redirects."""

from foundation.pages.models import OldSlug
from foundation.pages.registry import register

register(OldSlug)
