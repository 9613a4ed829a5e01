#!/usr/bin/env bash
# prometheus_client 0.26.0, multiprocess: its files are mapped and begin as holes, so on a full disk the first count ends the whole process
# with SIGBUS; no exception, no log. Put PROMETHEUS_MULTIPROC_DIR on a file system of its own, in memory. Needs a user namespace or root, for a tmpfs of 64 kB.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check prometheus_client==0.26.0
mkdir "$place/full"
code=0
PLACE=$place unshare --mount --map-root-user bash -c '
  mount -t tmpfs -o size=64k tmpfs "$PLACE/full"
  head -c 64k /dev/zero > "$PLACE/full/other" || true
  PROMETHEUS_MULTIPROC_DIR="$PLACE/full" "$PLACE/venv/bin/python" -c "
from prometheus_client import Counter
Counter(\"visits\", \"Visits\").inc()
print(\"counted\")"' || code=$?
echo "exit code $code (135 is SIGBUS)"
test "$code" = 135
