"""Commands of a running site, each in a fork of one process that has Django loaded: to start it anew takes 1.5 s of CPU."""

import json
import os
import subprocess
import sys
import traceback
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

import django
from django.core.management import execute_from_command_line
from django.urls import get_resolver

from tests.site import ROOT, Site


@dataclass(frozen=True)
class LoadedSite(Site):
    process: subprocess.Popen

    def manage(self, *words):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        well, printed = json.loads(self.process.stdout.readline())
        if not well:
            raise RuntimeError(f"{' '.join(words)}\n{printed}")
        return printed


@contextmanager
def loaded(site):
    """The same site for whoever gives it many commands."""
    command, pipe = [sys.executable, "-m", "tests.shell"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=site.environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield LoadedSite(site.address, site.environment, site.folder, process)


def _answer(words):
    """Ends this process, which is a fork."""
    printed, well = StringIO(), True
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            execute_from_command_line(["manage.py", *words])
        except BaseException:  # noqa: BLE001  whatever it is, the test must be told
            well = False
            traceback.print_exc()
    print(json.dumps([well, printed.getvalue()]), flush=True)
    os._exit(0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    get_resolver().url_patterns  # noqa: B018  reads the views of all rooms
    for line in sys.stdin:
        if not (fork := os.fork()):
            _answer(json.loads(line))
        os.waitpid(fork, 0)
