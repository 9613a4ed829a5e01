"""The house plan, held. Each guard asks the tree and Django what there is, and says what to do where it fails."""

import ast
import inspect
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver

from tests import usage

ROOT = Path(__file__).resolve().parent.parent
NOT_PRODUCT = {"tests", "bench", "docs", "deploy", "findings", "var"}
MAY_IMPORT = {
    "foundation": set(),
    "directory": {"foundation"},
    "conditions": {"foundation", "directory"},
    "guides": {"foundation", "directory"},
    "stories": {"foundation", "directory", "conditions"},
    "news": {"foundation", "directory", "conditions"},
    "appointments": {"foundation", "directory", "conditions"},
    "portal": {"foundation", "directory", "conditions", "guides", "stories", "news", "appointments"},
}
WITHIN_FOUNDATION = {
    "workflow": set(),
    "paginator": set(),
    "roles": set(),
    "request_id": set(),
    "nightly": set(),
    "duties": set(),
    "prose": set(),
    "progress": set(),
    "privacy": {"prose", "progress"},
    "audit": {"prose", "privacy", "nightly", "progress", "paginator"},
    "outbox": {"prose", "privacy", "audit", "workflow", "request_id"},
    "search": {"prose", "progress", "paginator"},
    "upkeep": {"prose", "roles"},
    "pictures": {"prose", "audit", "upkeep", "workflow", "roles", "nightly", "progress"},
    "pages": {"prose", "pictures", "workflow", "paginator"},
    "links": {"prose", "pages", "nightly"},
    "adminkit": {
        "prose",
        "privacy",
        "audit",
        "outbox",
        "search",
        "pages",
        "pictures",
        "links",
        "upkeep",
        "workflow",
        "paginator",
    },
}
LAYERS = ("models", "forms", "actions", "admin", "views", "urls")
SAFE_HTML = "foundation/prose/text.py"
SQL = ("foundation/search/",)
INSIDE_FUNCTIONS = 10
# What a guard finds and must stay, and why.
ALLOWED = {
    "appointments/handover/views.py: csrf_exempt": "asked by systems with a token and no cookie",
    "conditions/views/feedback.py: csrf_exempt": "asked on pages that set no cookie, of people without one",
    "portal/infobutton/views.py: csrf_exempt": "asked by health records, and changes nothing of anybody's",
    "foundation/privacy/seals.py: cursor": "one statement for many rows, each with its own seals: the ORM costs a third of all",
    "portal/backup/databases.py: cursor": "a snapshot for pg_dump, and counts of tables that have no model",
    "portal/pagecache/content_cache.py: pickle": "of its own process's memory, as Django's cache in local memory does",
    "portal/pagecache/triggers.py: cursor": "no ORM makes triggers; they are put in place after each migration",
    "portal/server/outage.py: cursor": "how long a lock may be waited for is a setting of the connection",
    "portal.transfer.content_export: _Chunks.flush": "zipfile calls it",
    "appointments.figures: DaysBetween.as_postgresql": "Django calls it on PostgreSQL",
}


def product():
    """Every Python file of the product: whatever is not said to be something else."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).parts
        if len(parts) > 1 and not parts[0].startswith(".") and parts[0] not in NOT_PRODUCT and "migrations" not in parts:
            yield path


FILES = list(product())
ROOMS = {path.relative_to(ROOT).parts[0] for path in FILES}
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*")) if path.is_file()]


def name(path):
    return str(path.relative_to(ROOT))


@cache
def text(path):
    return path.read_text(encoding="utf-8")


@cache
def tree(path):
    return ast.parse(text(path))


def module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in FILES}


def imported(path, nodes=None):
    """(line, dotted name) of what a file imports, also inside functions."""
    for node in nodes or ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = path.relative_to(ROOT).parent.parts
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{each.name}") for each in node.names)


def room(dotted):
    return dotted.partition(".")[0]


def hold(found, advice):
    """Fails with each place that is found and not allowed, and with what to do."""
    new = sorted(f"  {place}: {why}" for place, why in found.items() if place not in ALLOWED)
    if new:
        pytest.fail("\n".join([advice, *new]), pytrace=False)


def test_every_room_is_an_installed_app_with_its_place_in_the_table():
    installed = {room(app.name) for app in apps.get_app_configs() if (ROOT / room(app.name)).is_dir()}

    assert installed - set(MAY_IMPORT) == set(), "Say in MAY_IMPORT what the new room may import, and who may import it."
    assert set(MAY_IMPORT) - installed == set(), "MAY_IMPORT names a room that is not there."
    assert ROOMS - installed == set(), (
        "Product code stands in an app of INSTALLED_APPS, or its folder is named in NOT_PRODUCT."
    )


def test_rooms_import_what_the_table_allows():
    found = {
        f"{name(path)}:{line}": f"imports {used}"
        for path in FILES
        for line, used in imported(path)
        if room(used) in ROOMS - {room(module(path))} - MAY_IMPORT[room(module(path))]
    }

    hold(
        found,
        "A room imports what it may not. Let the other ask it: by a reverse accessor, a registration, a template.",
    )


def test_rooms_of_the_foundation_import_what_their_table_allows():
    found = {}
    for path in (path for path in FILES if room(module(path)) == "foundation" and "." in module(path)):
        own = module(path).split(".")[1]
        for line, used in imported(path):
            part = used.split(".")[1] if used.startswith("foundation.") else own
            if part != own and part not in WITHIN_FOUNDATION.get(own, ()):
                found[f"{name(path)} → {part}"] = f"line {line} imports {used}"

    hold(found, "Inside foundation one order holds (WITHIN_FOUNDATION). Move what both need further down.")


def test_layers_of_a_room_point_downwards():
    found = {}
    for path in FILES:
        parts = module(path).split(".")
        layer = next((part for part in parts[1:] if part in LAYERS), None)
        if layer is None or parts[0] in {"foundation", "portal"}:
            continue
        above = {f"{parts[0]}.{each}" for each in LAYERS[LAYERS.index(layer) + 1 :]}
        found |= {
            f"{name(path)}:{line}": f"imports {used}"
            for line, used in imported(path)
            if ".".join(used.split(".")[:2]) in above
        }

    hold(found, f"Inside a room: {' → '.join(LAYERS)}, and only the later imports the earlier.")


def depends():
    """Which module needs which, imports inside functions and those for types too."""
    found = {}
    for own, path in MODULES.items():
        used = {each for _line, dotted in imported(path) for each in (dotted, dotted.rpartition(".")[0]) if each in MODULES}
        # `from package import module` needs the module; the package itself only where a name of it is meant
        found[own] = {each for each in used if not any(more.startswith(f"{each}.") for more in used)} - {own}
    return found


def circles(needs):
    """The groups of modules that need each other (Tarjan)."""
    number, low, stack, groups = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in needs[node]:
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for node in needs:
        if node not in number:
            visit(node)
    return groups


def test_no_modules_import_each_other_in_a_circle():
    found = {group[0]: " ↔ ".join(group) for group in circles(depends())}

    hold(found, "Modules need each other. Move what both need into a third, or one into the other.")


def test_imports_inside_functions_are_few_and_say_what_they_save():
    found, excused = {}, []
    for path in FILES:
        for function in (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            if function.name == "ready" and path.name == "apps.py":
                continue  # Django loads models after configurations
            for line, used in imported(path, list(ast.walk(function))):
                if "  # " in text(path).splitlines()[line - 1]:
                    excused.append(f"{name(path)}:{line} {used}")
                else:
                    found[f"{name(path)}: {used}"] = f"line {line}"

    if len({each.split()[0] for each in excused}) > INSIDE_FUNCTIONS:
        found[f"more than {INSIDE_FUNCTIONS}"] = ", ".join(excused)
    hold(found, "Import at the top. In a function only what costs memory that few need: say so on its line (“  # …”).")


def called(node):
    """The last name of what is called, or ""."""
    target = node.func if isinstance(node, ast.Call) else node
    return getattr(target, "attr", None) or getattr(target, "id", "")


BANNED = {
    "eval": "reads no code from data",
    "exec": "reads no code from data",
    "print": "commands write to self.stdout, all else logs",
    "mark_safe": f"only {SAFE_HTML} makes safe HTML",
    "SafeString": f"only {SAFE_HTML} makes safe HTML",
    "html_safe": f"only {SAFE_HTML} makes safe HTML",
    "__html__": f"only {SAFE_HTML} makes safe HTML",
    "format_html": "its text is a constant, what is put in are arguments",
    "pickle": "runs what it reads",
    "*": "import by name",
    "RawSQL": "the ORM asks; SQL stands in migrations and foundation/search",
    "extra": "the ORM asks; SQL stands in migrations and foundation/search",
    "raw": "the ORM asks; SQL stands in migrations and foundation/search",
    "cursor": "the ORM asks; SQL stands in migrations and foundation/search",
    "receiver": "no signals between our own apps: call what is meant",
    "csrf_exempt": "every POST shows that it comes from our own page",
}


def is_constant(node):
    """A text that stands in the code, or its translation."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Call) and all(map(is_constant, node.args)))


def test_banned_calls_are_absent():
    found = {}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {each.name for each in node.names} & {"*", "pickle", "mark_safe", "html_safe", "RawSQL"}
            elif isinstance(node, ast.Call):
                names = {called(node)} & set(BANNED)
                names -= {"format_html"} if node.args and is_constant(node.args[0]) else set()
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = {called(each) for each in [*node.decorator_list, *getattr(node, "bases", [])]} & set(BANNED)
                names |= {"__html__"} & {node.name}
            else:
                continue
            for each in names:
                html = BANNED.get(each) == BANNED["mark_safe"] and name(path) == SAFE_HTML
                sql = BANNED.get(each) == BANNED["RawSQL"] and name(path).startswith(SQL)
                if not (html or sql):
                    found[f"{name(path)}: {each}"] = f"line {node.lineno}, {BANNED[each]}"

    hold(found, "Banned calls:")


def test_templates_hold_no_inline_style_or_script_and_escape_everything():
    wrong = {
        "safe HTML": r"\|\s*safe(seq)?\b|autoescape\s+off",
        "inline style": r"\sstyle\s*=|<style\b",
        "inline script": r"\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*(\bsrc=|type=\"importmap\"))[^>]*>",
    }
    found = {
        f"{name(path)}: {kind}": match[0]
        for path in TEMPLATES
        for kind, pattern in wrong.items()
        if (match := re.search(pattern, text(path)))
    }
    del found["templates/appointments/mail/letter.html: inline style"]  # a mail client follows no linked sheet

    hold(
        found,
        f"The policy of the site refuses it; style stands in static/css, script in static/js, HTML in {SAFE_HTML}.",
    )


def addresses(resolver, before=""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern
        else:
            yield from addresses(pattern, before + str(pattern.pattern))


def test_every_address_of_ours_has_a_name_and_is_told_once():
    ours = [(at, each) for at, each in addresses(get_resolver()) if room(inspect.unwrap(each.callback).__module__) in ROOMS]
    places = [at for at, _each in ours]

    assert len(ours) > 40
    assert [at for at, each in ours if not each.name] == [], 'Give each address a name: path("…", view, name="…").'
    assert {at for at in places if places.count(at) > 1} == set(), "The second view at an address is never reached."


def test_every_function_of_the_product_is_used_by_the_product():
    migrations = [path for each in sorted(ROOMS) for path in (ROOT / each).rglob("migrations/*.py")]
    sources = [
        usage.Source(module(path), text(path), path.relative_to(ROOT).parent.parts)
        for path in [*FILES, *migrations, ROOT / "manage.py"]
    ]
    code = " ".join(found for path in TEMPLATES for found in re.findall(r"\{[{%].*?[%}]\}", text(path), re.DOTALL))
    found = {f"{own}: {qualified}": f"line {line}" for own, qualified, line in usage.unused(sources, code, ROOMS)}

    hold(found, "Only tests call it, or nobody does. Use it or delete it, and its test with it.")


def test_no_text_names_a_table_permission_or_model_that_may_not_be_imported():
    labels = {app.label: room(app.name) for app in apps.get_app_configs() if room(app.name) in ROOMS}
    named = re.compile(rf"^({'|'.join(labels)})[._]\w+$|^/({'|'.join(labels)})/")
    models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in apps.get_models()}
    rights = {f"{model._meta.app_label}.{codename}" for model in apps.get_models() for codename, _ in model._meta.permissions}
    rights |= {
        f"{m._meta.app_label}.{verb}_{m._meta.model_name}" for m in apps.get_models() for verb in ("add", "change", "view")
    }
    found = {}
    for path in FILES:
        own = room(module(path))
        for node in usage.without_docstrings(ast.parse(text(path))):
            value = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if not (match := named.match(value)):
                continue
            other = labels[match[1] or match[2]]
            real = value in models | rights or match[2] or value.casefold().replace(".", "_", 1) in models
            if real and other != own and other not in MAY_IMPORT[own]:
                found[f"{name(path)}: {value}"] = f"line {node.lineno} names {other}"

    hold(found, "A text names what may not be imported: the same coupling, unseen. Let that room say it.")


def test_tests_wait_with_an_end():
    assert re.search(r"^timeout = \d+\b", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE), (
        "pytest-timeout ends a test that waits for ever: keep `timeout` in pyproject.toml."
    )


# Files that a run, a recipe or somebody else makes.
MADE = {
    "exporting.txt",
    "missing-pictures.txt",
    "robots.txt",
    "nginx.conf",
    "templates/news/event.html",
    "tests/test_events.py",
}


def test_every_file_named_in_the_docs_is_there():
    there = {
        "/" + name(each)
        for room in {*ROOMS, *NOT_PRODUCT, "templates", "static", "sample"}
        for each in (ROOT / room).rglob("*")
    }
    there |= {"/" + name(each) for each in ROOT.iterdir()}
    ends = {path[at:] for path in there for at, letter in enumerate(path) if letter == "/"}
    found = {}
    for doc in [*ROOT.glob("*.md"), *(ROOT / "deploy").glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for number, line in enumerate(text(doc).splitlines(), 1):
            for told in re.findall(r"`([a-z0-9_.-]+(?:/[\w.-]+)*\.(?:py|html|js|css|toml|txt|sql|conf|sh|po))`", line):
                if f"/{told}" not in ends and told not in MADE and not told.startswith("var/"):
                    found[f"{name(doc)}:{number} {told}"] = "is not there"

    hold(found, "Name the file where it is now, or in MADE what no commit holds.")


def test_nothing_private_or_local_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git here")
    texts = [p for p in listed.stdout.split() if not p.endswith((".webp", ".png", ".ico", ".mo", ".jpg", ".avif"))]
    content = {p: text(ROOT / p) for p in texts if (ROOT / p).is_file()}
    secrets = {p for p in texts if re.fullmatch(r"(.*/)?(secret_key|field_keys|index_key|\.env)", p)}

    assert secrets == set(), "Settings made these for one machine: take them out, and never use them anywhere."
    local = {p for p, found in content.items() if re.search(r"/work/(main|shared|wt)|/root/|--index-url|--extra-index", found)}

    assert local - {"tests/test_repository.py"} == set(), "No path, index or secret of one machine goes into a commit."
