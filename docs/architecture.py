"""Draws `docs/architecture.svg` from the imports: `python docs/architecture.py`. Rooms further up may import those below."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = [["portal"], ["stories", "news", "appointments"], ["conditions", "guides"], ["directory"], ["foundation"]]
WITHIN = {
    "portal": ["staff", "transfer", "pagecache", "server"],
    "foundation": ["adminkit", "pages", "links", "pictures", "upkeep", "search", "outbox", "audit", "privacy", "prose"],
}
ROOMS = {room for row in ROWS for room in row}
WIDTH, HEIGHT, GAP = 860, 80, 14
STYLE = (
    "text{font:15px system-ui,sans-serif;fill:#1d2a2b}.small{font-size:12.5px;fill:#4a5a5c}rect{fill:#fbf8f2;stroke:#1f6f78}"
)


def imported(room: str) -> set[str]:
    """The rooms that any file of `room` imports."""
    found = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and "migrations" not in path.parts:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
    return found - {room}


def boxes() -> dict[str, tuple[float, float, float]]:
    """Left edge, top edge and width of each room's box."""
    places = {}
    for number, row in enumerate(ROWS):
        width = (WIDTH - GAP * (len(row) - 1)) / len(row)
        for place, room in enumerate(row):
            places[room] = (place * (width + GAP) + 1, number * (HEIGHT + GAP) + 1, width)
    return places


def draw() -> str:
    """The whole picture."""
    parts = []
    for room, (left, top, width) in boxes().items():
        below = ", ".join(sorted(imported(room) & ROOMS))
        lines = [
            ("", room),
            ("small", " · ".join(WITHIN.get(room, []))),
            ("small", f"imports {below}" if below else "imports nothing of ours"),
        ]
        parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="{HEIGHT}" rx="6"/>')
        for number, (style, words) in enumerate([line for line in lines if line[1]]):
            parts.append(
                f'<text class="{style}" x="{left + width / 2}" y="{top + 26 + number * 21}" text-anchor="middle">{words}</text>'
            )
    height = len(ROWS) * (HEIGHT + GAP) - GAP + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2} {height}" role="img" '
        f'aria-label="The rooms, each above those that it imports"><style>{STYLE}</style>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    (ROOT / "docs/architecture.svg").write_text(draw(), encoding="utf-8")
