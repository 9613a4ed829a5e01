"""Entries that an older release made are made anew with `migrate`."""

from django.apps import apps
from django.db.models.signals import post_migrate

from foundation.search.upgrade import rebuild_after_upgrade

post_migrate.connect(rebuild_after_upgrade, sender=apps.get_app_config("search"))
