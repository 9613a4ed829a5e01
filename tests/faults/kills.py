"""Each long command killed with -9 at random moments of its work, and run again: `python -m tests.faults.kills sqlite 20 [names]`.

Prints a line for each command; fails where it did not end well afterwards, or what it left is not right.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError, call_command

from tests.faults.world import World
from tests.site import ROOT

TRIES = 4  # moments tried for each kill that is wanted, as some come after the command's end
FORK = multiprocessing.get_context("fork")  # Django is there already: every moment falls into the command's own work


@dataclass(frozen=True)
class Long:
    """A command: how to make it work anew, its words, what is not right after it ran to its end."""

    prepare: Callable
    words: Callable
    faults: Callable
    ended: str = ""  # what a second run may say after a first that was at its end


def tried(name, command, log, count, dice):
    """A row of the table."""
    log.write_text("")
    command.prepare()
    began = time.monotonic()
    code = ended(command.words(), log)
    took, kills, wrong = time.monotonic() - began, 0, after(name, command, code, log)
    for _try in range(count * TRIES):
        if kills == count or wrong:
            break
        command.prepare()
        log.write_text("")
        words, moment = command.words(), dice.uniform(0, took)
        if ended(words, log, moment) == -signal.SIGKILL:
            kills += 1
            wrong = [f"{fault} (killed after {moment:.2f} s)" for fault in after(name, command, ended(words, log), log)]
    return {"kills": kills, "whole run (s)": round(took, 1), "wrong": wrong}


def after(name, command, code, log):
    said = log.read_text()
    if code and not (command.ended and command.ended in said):
        return [f"{name} ended with {code}: {said[-1500:]}"]
    return [f"{name}: {fault}" for fault in command.faults()]


def ended(words, log, moment=None):
    """The exit code of a command, whose whole group is killed after so many seconds of its work."""
    child = FORK.Process(target=_work, args=[words, log])
    child.start()
    child.join(moment)
    if child.is_alive():
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.kill()
        child.join()
    return child.exitcode


def _work(words, log):
    os.setpgrp()
    out = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    try:
        call_command(*words)
    except CommandError as refused:
        os.write(2, str(refused).encode())
        os._exit(1)


def asked(question, *facts):
    """The answer of a child, so that this process never has a connection that its children would share."""
    with ProcessPoolExecutor(1, mp_context=FORK) as pool:
        return pool.submit(question, *facts).result()


def main(database, count=20, *names):
    with tempfile.TemporaryDirectory(prefix="portal-kills-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL started by root runs as somebody else
        here = World(Path(folder), database)
        print(f"Killed on {database}:", flush=True)
        try:
            command = [sys.executable, "-m", "tests.faults.long_commands", folder, str(count), *names]
            return subprocess.run(command, cwd=ROOT, env=here.site.environment, check=False).returncode
        finally:
            if "database" in here.parts and here.parts["database"].running:
                here.parts["database"].stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
