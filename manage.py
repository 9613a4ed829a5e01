#!/usr/bin/env python
"""Django's command line for Condition Portal."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    from portal.server.schema import misfit

    try:
        execute_from_command_line(sys.argv)
    except Exception as fault:
        words = "" if "--traceback" in sys.argv else misfit(fault)
        if not words:
            raise
        sys.exit(words)


if __name__ == "__main__":
    main()
