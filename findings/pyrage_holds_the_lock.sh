#!/usr/bin/env bash
# pyrage 1.4.0 (files sealed in the format of age) keeps Python's lock for as long as it seals, so threads do not seal side by side and all else in the process
# stands still meanwhile, a progress bar or a web server too: a thread that counts milliseconds comes to a few while 150 MB are sealed, and to most of them while
# hashlib digests the same bytes. `encrypt_io` lets the lock go only to ask for the next part. Seal big files, or many, in processes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check pyrage==1.4.0
"$place/bin/python" - <<'END'
import hashlib
import threading
import time

import pyrage

content = bytes(150_000_000)
recipients = [pyrage.x25519.Identity.generate().to_public()]


def counted(work) -> tuple[int, float]:
    """How often another thread came to count meanwhile, and the seconds."""
    counts, done = [0], threading.Event()

    def count() -> None:
        while not done.wait(0.001):
            counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    began = time.monotonic()
    work()
    took = time.monotonic() - began
    seen = counts[0]
    done.set()
    thread.join()
    return seen, took


sealed, sealing = counted(lambda: pyrage.encrypt(content, recipients))
digested, digesting = counted(lambda: hashlib.sha256(content).digest())
print(f"pyrage.encrypt: {sealed} counts in {sealing:.2f} s; hashlib.sha256: {digested} counts in {digesting:.2f} s")
assert sealed / sealing < 0.2 * digested / digesting, (sealed, sealing, digested, digesting)
END
