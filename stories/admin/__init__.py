"""Stories and their authorizations in the admin."""

from stories.admin import authorization, story
