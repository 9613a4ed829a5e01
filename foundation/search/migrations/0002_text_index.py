"""The text index: FTS5 kept by triggers on SQLite, a generated `tsvector` on PostgreSQL. No extension is needed."""

from typing import Any

from django.db import migrations

COLUMNS = "rowid, folded_title, folded_text"
SQLITE = [
    "CREATE VIRTUAL TABLE search_text USING fts5(folded_title, folded_text, content='search_entry', content_rowid='id', "
    "tokenize='porter unicode61')",
    f"CREATE TRIGGER search_text_insert AFTER INSERT ON search_entry BEGIN "
    f"INSERT INTO search_text({COLUMNS}) VALUES (new.id, new.folded_title, new.folded_text); END",
    f"CREATE TRIGGER search_text_delete AFTER DELETE ON search_entry BEGIN "
    f"INSERT INTO search_text(search_text, {COLUMNS}) VALUES ('delete', old.id, old.folded_title, old.folded_text); END",
    f"CREATE TRIGGER search_text_update AFTER UPDATE ON search_entry BEGIN "
    f"INSERT INTO search_text(search_text, {COLUMNS}) VALUES ('delete', old.id, old.folded_title, old.folded_text); "
    f"INSERT INTO search_text({COLUMNS}) VALUES (new.id, new.folded_title, new.folded_text); END",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER IF EXISTS search_text_{event}" for event in ("insert", "delete", "update")),
    "DROP TABLE IF EXISTS search_text",
]
POSTGRESQL = [
    "ALTER TABLE search_entry ADD COLUMN vector tsvector GENERATED ALWAYS AS ("
    "setweight(to_tsvector('english', folded_title), 'A') || setweight(to_tsvector('english', folded_text), 'D')) STORED",
    "CREATE INDEX search_entry_vector ON search_entry USING gin (vector)",
]
POSTGRESQL_BACK = ["ALTER TABLE search_entry DROP COLUMN IF EXISTS vector"]


def install(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
