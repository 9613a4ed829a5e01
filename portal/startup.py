from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import check_for_language

BEFORE = {("publishing", "0001_initial"), ("conditions", "0002_medicine_warnings")}  # what is no more


@register(Tags.database)
def database_is_not_from_before(databases: Iterable[str] | None, **kwargs: Any) -> list[Error]:
    """Migrations began anew twice before the first release; a database of the older ones cannot be taken along."""
    return [
        Error(
            f"The database “{alias}” was made before migrations began anew, and cannot be used any more.",
            hint="Write its content with the former version's `export_content`, then set DATABASE_URL to an empty database.",
            id="portal.E001",
        )
        for alias in databases or []
        if BEFORE & MigrationRecorder(connections[alias]).applied_migrations().keys()
    ]


@register(Tags.translation)
def languages_have_words(**kwargs: Any) -> list[Error]:
    """Without a compiled catalog Django finds no address of a language, though every page would lead to it."""
    return [
        Error(
            f"LANGUAGES names “{code}”, which has no words.", hint="docs/languages.md says how to add them.", id="portal.E002"
        )
        for code, _name in settings.LANGUAGES
        if code != settings.LANGUAGE_CODE and not check_for_language(code)
    ]
