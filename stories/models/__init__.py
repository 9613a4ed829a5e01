"""Families' stories and the authorizations by which we may show them."""

from stories.models.authorization import Authorization
from stories.models.story import Story
