"""After an upgrade: a new version may find rows by other words than those that were stored."""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from foundation.search.findable import rebuild


def rebuild_after_upgrade(plan: list[Any], **kwargs: Any) -> None:
    """Of `migrate`, once nothing is left to be migrated."""
    executor = MigrationExecutor(connection)
    if plan and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        rebuild()
