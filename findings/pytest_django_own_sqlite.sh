#!/usr/bin/env bash
# pytest-django 4.14.0 with pytest-xdist knows an in-memory SQLite by the engine's exact name alone. An engine of one's own that
# subclasses Django's (Django's documented way to change a feature) makes each worker name its test database
# "test_<whole path>_gw0": every database test fails with "unable to open database file" as soon as -n is given, and none without.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 pytest==9.2.0 pytest-django==4.14.0 pytest-xdist==3.8.0
mkdir -p "$place/site/ours" && cd "$place/site"
echo "from django.db.backends.sqlite3.base import DatabaseWrapper" > ours/base.py && touch ours/__init__.py
cat > settings.py <<END
DATABASES = {"default": {"ENGINE": "ours", "NAME": "$place/site/db.sqlite3"}}
INSTALLED_APPS = ["django.contrib.contenttypes"]
SECRET_KEY = "x"
END
cat > test_it.py <<END
import pytest
from django.contrib.contenttypes.models import ContentType


@pytest.mark.django_db
def test_it():
    assert ContentType.objects.count() >= 0
END
run() { PYTHONPATH=. "$place/venv/bin/python" -m pytest -q -p no:cacheprovider --ds=settings "$@" 2>&1 | tee "$place/out" | tail -1; }
alone=$(run); run -n 1 >/dev/null || true
echo "without -n: $alone"
echo "with -n 1:  $(grep -m1 -o 'OperationalError: unable to open database file' "$place/out")"
[[ "$alone" == *"1 passed"* ]] && grep -q "unable to open database file" "$place/out"
