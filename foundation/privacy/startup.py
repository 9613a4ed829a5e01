"""Keys that cannot work end the start, not a family's request."""

from foundation.privacy.keys import ring

ring()
