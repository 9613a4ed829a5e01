"""Stories and their authorizations in the admin."""

from stories.admin.authorization import AuthorizationAdmin
from stories.admin.story import StoryAdmin

__all__ = ["AuthorizationAdmin", "StoryAdmin"]
