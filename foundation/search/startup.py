"""Entries that an older release made are made anew with `migrate`: a new version may find rows by other words."""

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate

from foundation.search.findable import rebuild


def rebuild_after_upgrade(plan: list[Any], **kwargs: Any) -> None:
    """Of `migrate`, once nothing is left to be migrated."""
    executor = MigrationExecutor(connection)
    if plan and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        rebuild()


post_migrate.connect(rebuild_after_upgrade, sender=apps.get_app_config("search"))
