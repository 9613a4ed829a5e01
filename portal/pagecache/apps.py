from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from portal.pagecache.triggers import put_in_place, take_away


class PagecacheConfig(AppConfig):
    name = "portal.pagecache"

    def ready(self) -> None:
        """Keeps the triggers that raise the content version in place through each `migrate`."""
        pre_migrate.connect(take_away, sender=self)
        post_migrate.connect(put_in_place, sender=self)
