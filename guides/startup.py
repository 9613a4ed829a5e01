"""Registers what `check --deploy` reminds of."""

import guides.checks  # noqa: F401
