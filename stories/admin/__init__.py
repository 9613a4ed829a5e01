"""Stories and their authorizations in the admin."""

from stories.admin import authorization, story  # noqa: F401  each registers its own
