#!/usr/bin/env python
"""Django's command line for Condition Portal."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from portal.server.schema import advice

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. It may be run again.\n")
        sys.exit(130)  # as a shell says it
    except Exception as fault:
        refused = isinstance(fault, ImproperlyConfigured) and not settings.configured  # a value in the environment
        words = "" if "--traceback" in sys.argv else str(fault) if refused else advice(fault)
        if not words:
            raise
        sys.exit(words)


if __name__ == "__main__":
    main()
