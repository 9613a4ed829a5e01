"""Registers the checks of settings."""

import portal.checks  # noqa: F401
