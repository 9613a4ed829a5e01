#!/usr/bin/env bash
# Two readers of CSV guess what a column holds, and make other things of doses and ages, without a word. csvkit 2.2.0 (csvjson, csvsort, csvsql and more; agate 1.14.2)
# takes half a tablet ("1/2") and a range ("5-10") for days of 2001, and a child's "6 m" for six minutes; `--no-inference` keeps the text.
# frictionless 5.21.0 takes the range for a month ("5-10" is October of the year 5) and a code's leading zeros away; it leaves "1/2" and "6 m" as they are.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2 frictionless==5.21.0
"$place/bin/python" - <<'END'
import datetime
import io

import agate
from frictionless import Resource

columns = {"tablets": ["1/2", "1/4"], "mg": ["5-10", "2-4"], "age": ["6 m", "9 m"], "code": ["0012", "0013"]}
text = "\n".join([",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]) + "\n"
by_agate = dict(agate.Table.from_csv(io.StringIO(text)).rows[0])
with Resource(text.encode(), format="csv") as resource:
    by_frictionless = dict(next(iter(resource.row_stream)))
print("agate", by_agate)
print("frictionless", by_frictionless)
year = by_agate["tablets"].year
assert by_agate["tablets"] == datetime.date(year, 1, 2), by_agate
assert by_agate["mg"] == datetime.date(year, 5, 10), by_agate
assert by_agate["age"] == datetime.timedelta(minutes=6), by_agate
assert (by_frictionless["tablets"], by_frictionless["age"]) == ("1/2", "6 m"), by_frictionless
assert (by_frictionless["mg"].year, by_frictionless["mg"].month, by_frictionless["code"]) == (5, 10, 12), by_frictionless
END
