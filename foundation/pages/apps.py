from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PagesConfig(AppConfig):
    name = "foundation.pages"

    def ready(self) -> None:
        """Every app says in its `public_content.py` what readers see of it, as `admin.py` says what staff see."""
        autodiscover_modules("public_content")
