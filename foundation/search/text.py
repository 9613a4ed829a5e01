"""Text search: FTS5 on SQLite, `tsvector` on PostgreSQL, one question and one answer."""

from django.db import connection

from foundation.search.fold import fold, words

MOST = 60

SQLITE = """
SELECT e.id, bm25(search_text, 6.0, 1.0) AS rank FROM search_text JOIN search_entry e ON e.id = search_text.rowid
WHERE search_text MATCH %s ORDER BY rank, e.id LIMIT %s
"""
POSTGRESQL = """
SELECT id, -ts_rank(vector, q) AS rank FROM search_entry, to_tsquery('english', %s) q
WHERE vector @@ q ORDER BY rank, id LIMIT %s
"""


def found(question: str) -> list[int]:
    """Ids of entries whose text holds words of the folded `question`: those with all of them first, best first."""
    asked = words(question)[:12]
    if not asked:
        return []
    every, some = (_ids(asked, together) for together in (True, False)) if len(asked) > 1 else (_ids(asked, True), [])
    return list(dict.fromkeys([*every, *some]))[:MOST]


def _ids(asked: list[str], together: bool) -> list[int]:
    """Each word is quoted, so that nothing typed is an operator."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(SQLITE, [(" AND " if together else " OR ").join(f'"{word}"' for word in asked), MOST])
        else:
            cursor.execute(POSTGRESQL, [(" & " if together else " | ").join(f"'{word}'" for word in asked), MOST])
        return [row[0] for row in cursor.fetchall()]


def excerpt(text: str, question: str, length: int = 180) -> str:
    """About `length` characters of `text` around the first word of the folded `question` that stands in it."""
    asked = words(question)
    places = [(place, word) for place, word in _places(text) if any(word.startswith(want[:6]) for want in asked)]
    at = places[0][0] if places else 0
    start = 0 if at < length // 3 else text.rfind(" ", 0, at - length // 4) + 1
    end = len(text) if start + length >= len(text) else text.rfind(" ", 0, start + length)
    return ("… " if start else "") + text[start:end].strip() + (" …" if end < len(text) else "")


def _places(text: str) -> list[tuple[int, str]]:
    places, at = [], 0
    for word in text.split(" "):
        places.append((at, fold(word)))
        at += len(word) + 1
    return places
