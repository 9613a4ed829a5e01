"""The one thing that Django would ask of each new connection, answered here."""

from django.db.backends.sqlite3 import base, features


class DatabaseFeatures(features.DatabaseFeatures):
    """Every SQLite that Python 3.11 is built with reads and makes JSON.

    Django finds that out for each thread by opening a transaction. Ours wait for the one writer; where that took longer than
    the patience of a page, Django took it for a no, and that thread answered every page with JSON with 500 until the restart.
    """

    supports_json_field = True


class DatabaseWrapper(base.DatabaseWrapper):
    """With these features."""

    features_class = DatabaseFeatures
