"""Registers what is done again after a restore, and the checks."""

from portal.backup import again, checks  # noqa: F401
