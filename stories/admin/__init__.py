"""Stories and the ledger of authorizations in the admin."""

from stories.admin.ledger import AuthorizationAdmin
from stories.admin.story import StoryAdmin

__all__ = ["AuthorizationAdmin", "StoryAdmin"]
