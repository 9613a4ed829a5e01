"""The house plan, held: who imports whom, how big things may be, what nobody may call."""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("portal", "foundation", "directory", "conditions", "stories", "news", "appointments")
MAY_IMPORT = {
    "foundation": set(),
    "directory": {"foundation"},
    "conditions": {"foundation", "directory"},
    "stories": {"foundation", "directory", "conditions"},
    "news": {"foundation", "directory", "conditions"},
    "appointments": {"foundation", "directory", "conditions"},
    "portal": {"foundation", "directory", "conditions", "stories", "news", "appointments"},
}
WITHIN_FOUNDATION = {
    "prose": set(),
    "privacy": {"prose"},
    "audit": {"prose"},
    "outbox": {"prose", "audit", "workflow"},
    "search": {"prose"},
    "pictures": {"prose", "audit", "workflow", "roles"},
    "pages": {"prose", "pictures", "workflow"},
    "links": {"prose", "pages"},
    "adminkit": {"prose", "audit", "outbox", "pages", "pictures", "links", "workflow"},
}
LAYERS = ("models", "forms", "actions", "admin", "views", "urls")
BRANCHES = (ast.If, ast.For, ast.While, ast.IfExp, ast.ExceptHandler, ast.match_case, ast.comprehension)
FILES = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts and path.read_text(encoding="utf-8").strip()
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    """Dotted names of what a file imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = path.relative_to(ROOT).parent.parts
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_follow_the_table(path):
    room = path.relative_to(ROOT).parts[0]

    ours = {module.split(".")[0] for module in imported(path)} & set(ROOMS)

    assert ours - {room} <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", [p for p in FILES if p.relative_to(ROOT).parts[0] == "foundation"], ids=name)
def test_imports_within_foundation_follow_the_table(path):
    parts = path.relative_to(ROOT).parts
    own = parts[1] if len(parts) > 2 else ""

    used = {module.split(".")[1] for module in imported(path) if module.startswith("foundation.")}

    assert used - {own} <= WITHIN_FOUNDATION.get(own, set())


@pytest.mark.parametrize("path", [p for p in FILES if p.relative_to(ROOT).parts[0] != "portal"], ids=name)
def test_layers_point_downwards(path):
    parts = path.relative_to(ROOT).parts
    room, layer = parts[0], next((part.removesuffix(".py") for part in parts[1:] if part.removesuffix(".py") in LAYERS), None)
    if layer is None or room == "foundation":
        return
    above = LAYERS[LAYERS.index(layer) + 1 :]

    used = {module.split(".")[1] for module in imported(path) if module.startswith(f"{room}.") and "." in module}

    assert not used & set(above)


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "settings.py"], ids=name)
def test_python_stays_small(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(path) if f.end_lineno - f.lineno + 1 > 40}
    branchy = {
        f.name: count for f in functions(path) if (count := sum(isinstance(node, BRANCHES) for node in ast.walk(f))) > 8
    }

    assert lines <= 300
    assert long == {}
    assert branchy == {}


def test_the_median_function_is_short():
    sizes = [f.end_lineno - f.lineno + 1 for path in FILES for f in functions(path)]

    assert statistics.median(sizes) < 10


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_stay_small_and_strict(path):
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 120
    assert not re.search(r"\|\s*safe\b|autoescape off|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<style\b|<script(?![^>]*(\bsrc=|type=\"importmap\"))[^>]*>", text)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_only_one_module_makes_safe_html(path):
    text = path.read_text(encoding="utf-8")

    used = re.findall(r"\bmark_safe\b|\bSafeString\(|\bSafeText\(", text)

    assert used == [] or name(path) == "foundation/prose/text.py"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_banned_calls_are_absent(path):
    text = path.read_text(encoding="utf-8")

    banned = re.findall(
        r"@receiver\b|\.extra\(|\bcsrf_protect_off\b|\beval\(|\bpickle\b|\bprint\(|import \*|RawSQL|\.raw\(", text
    )

    assert banned == []


def test_nothing_private_or_local_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    texts = [p for p in listed if not p.endswith((".webp", ".png", ".ico", ".mo", ".jpg"))]
    content = {p: (ROOT / p).read_text(encoding="utf-8") for p in texts if (ROOT / p).is_file()}

    local = {p for p, text in content.items() if re.search(r"/work/(main|shared)|/root/|--index-url|--extra-index", text)}

    assert local - {"tests/test_repository.py"} == set()
