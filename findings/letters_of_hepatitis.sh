#!/usr/bin/env bash
# Two search libraries leave words of one letter out, as they come: bm25s 0.3.16 (tokenize) and Whoosh-Reloaded 2.7.5 (TEXT). For them "hepatitis A", "B" and "C" are one
# illness and vitamins C and D one vitamin: all score alike, whichever stands first. bm25s: a token_pattern of one's own; Whoosh: an analyzer with minsize=1 and
# no stop word "a". lunr 0.8.0 keeps them.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check bm25s==0.3.16 Whoosh-Reloaded==2.7.5 lunr==0.8.0
"$place/bin/python" - <<'END'
import tempfile

import bm25s
from lunr import lunr
from whoosh.fields import TEXT, Schema
from whoosh.index import create_in
from whoosh.qparser import QueryParser

titles = ["Hepatitis A and travel", "Hepatitis B and travel", "Hepatitis C and travel", "Vitamin C for bones", "Vitamin D for bones"]


def by_bm25s(query: str) -> set[str]:
    engine = bm25s.BM25()
    engine.index(bm25s.tokenize(titles, show_progress=False), show_progress=False)
    found, scores = engine.retrieve(bm25s.tokenize(query, show_progress=False), k=5, show_progress=False)
    return {titles[at] for at, score in zip(found[0], scores[0], strict=True) if score == max(scores[0])}


def by_whoosh(query: str) -> set[str]:
    index = create_in(tempfile.mkdtemp(), Schema(title=TEXT(stored=True)))
    writer = index.writer()
    for title in titles:
        writer.add_document(title=title)
    writer.commit()
    with index.searcher() as searcher:
        hits = searcher.search(QueryParser("title", index.schema).parse(query))
        return {hit["title"] for hit in hits if hit.score == hits[0].score}


def by_lunr(query: str) -> set[str]:
    hits = lunr(ref="title", fields=["title"], documents=[{"title": title} for title in titles]).search(query)
    return {hit["ref"] for hit in hits if hit["score"] == hits[0]["score"]}


seen = {query: [by_bm25s(query), by_whoosh(query), by_lunr(query)] for query in ("hepatitis B", "vitamin D")}
for query, best in seen.items():
    print(query, *(sorted(titles) for titles in best), sep=" | ")
hepatitis, vitamins = set(titles[:3]), set(titles[3:])
assert seen == {
    "hepatitis B": [hepatitis, hepatitis, {"Hepatitis B and travel"}],
    "vitamin D": [vitamins, vitamins, {"Vitamin D for bones"}],
}, seen
END
