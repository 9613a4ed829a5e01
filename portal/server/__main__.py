"""`python -m portal.server`, with the options of `granian`: the same server, whose workers share what is loaded before they start.

granian's workers are forks of the process that starts them: what that one has loaded is in memory once, as long as nobody writes
there. A value in the environment that cannot work ends the start with its sentence. For new code start anew; SIGHUP brings
workers with the old.
"""

import os
import sys
from tempfile import TemporaryDirectory

# One heap for all threads of a worker, of which only one at a time runs Python, and no more kept of it than is in use.
# The C library reads this when a process starts.
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}

SHARED_MEMORY = "/dev/shm"  # noqa: S108  of Linux


def main() -> None:
    """Starts this program again if its environment lacks `MEMORY`, and becomes granian.

    What its workers count (`/metrics`) is in a folder of its own, in memory: on a full disk a write into a mapped file kills the writer.
    """
    if not MEMORY.keys() <= os.environ.keys():
        os.execve(sys.executable, [sys.executable, "-m", "portal.server", *sys.argv[1:]], MEMORY | os.environ)  # noqa: S606
    with TemporaryDirectory(
        prefix="portal-metrics-", dir=SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    ) as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        _serve()


def _serve() -> None:
    from django.core.exceptions import ImproperlyConfigured  # not before the environment has `MEMORY`
    from granian.cli import cli  # the same

    try:
        from portal.server import before_workers  # with `portal.wsgi`, which is to be shared
    except ImproperlyConfigured as fault:
        sys.exit(f"The site cannot start. {fault}")
    before_workers.read_search_index()
    with before_workers.key_names_noted():
        cli(auto_envvar_prefix="GRANIAN")


if __name__ == "__main__":
    main()
