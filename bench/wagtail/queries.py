"""The queries of a page, on the site of DJANGO_SETTINGS_MODULE: `python -m bench.wagtail.queries /conditions/crmo/ [all]`.

Counted at the second asking, as a worker in use sees them.
"""

import sys

import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def main(path: str, *more: str) -> None:
    client = Client(headers={"host": "localhost"})
    for _time in range(2):
        with CaptureQueriesContext(connection) as counted:
            status = client.get(path).status_code
        if status != 200:
            sys.exit(f"{path} answered {status}")
    if more:
        for query in counted:
            print(query["sql"])
    print(len(counted))


if __name__ == "__main__":
    main(*sys.argv[1:])
