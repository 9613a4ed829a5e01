"""Which functions, methods and classes of the product the product itself uses. Tests do not count.

A function or class is used where its module names it, where another module imports it (or a package that hands it on) and
names it, in a template, or in a dotted text, as settings call by name. A method is used where its name is named at all, so a
common name hides one that nobody calls; or where a library calls it, because a base class that is not ours has it.
"""

import ast
import importlib
import re
from collections import Counter

from django.apps import apps

# Names that a library looks for, though no base class of its own has them.
HOOKS = {
    *("from_db_value", "get_placeholder", "DatabaseWrapper"),  # Django's fields and database backends
    *("process_view", "process_exception", "process_template_response"),  # its middleware
    *("lastmod", "feed_url", "author_name", "item_author_name", "item_pubdate", "item_updateddate"),  # its sitemaps and feeds
    *("readline", "readlines"),  # files, which WSGI's input is
    "helper",  # crispy forms
}


def without_docstrings(top):
    """All nodes of a tree but docstrings."""
    docs = set()
    for node in ast.walk(top):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            docs.add(body[0].value)
        if node not in docs:
            yield node


class Source:
    """What one file imports and names."""

    def __init__(self, module, text, package):
        self.module, self.tree = module, ast.parse(text)
        self.imports = {}  # dotted name: what it is called here
        self.names, self.attributes, self.texts = Counter(), Counter(), set()
        for node in without_docstrings(self.tree):
            self._read(node, package)

    def _read(self, node, package):
        if isinstance(node, ast.Import):
            self.imports |= {each.name: each.asname or each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            before = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*before, *([node.module] if node.module else [])])
            self.imports |= {f"{base}.{each.name}": each.asname or each.name for each in node.names}
        elif isinstance(node, ast.Name):
            self.names[node.id] += 1
        elif isinstance(node, ast.Attribute):
            self.attributes[node.attr] += 1
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w.:/-]+", node.value):
            self.texts.add(node.value)

    def uses(self, module, name):
        """Whether it names what `module` defines as `name`."""
        for dotted, here in self.imports.items():
            base, _dot, last = dotted.rpartition(".")
            if last == name and is_within(module, base) and self.names[here]:
                return True
            if is_within(module, dotted) and self.attributes[name]:
                return True
        return any(text.endswith(f".{name}") and is_within(module, text.removesuffix(f".{name}")) for text in self.texts)


def is_within(module, package):
    return module == package or module.startswith(f"{package}.")


def definitions(tree):
    """(qualified name, node, the class it stands in) of each function, class and method; nested ones not."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node, None
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{inner.name}", inner, node.name


def is_called_by_a_library(module, node, within, rooms):
    if node.name in HOOKS or re.fullmatch(r"__\w+__|has_[a-z]+_permission", node.name):
        return True
    if any(getattr(each, "attr", getattr(each, "id", "")) == "register" for each in map(_called, node.decorator_list)):
        return True  # a template tag, a check
    if within is not None:
        kind = getattr(importlib.import_module(module), within)
        foreign = [base for base in kind.__mro__ if base.__module__.partition(".")[0] not in rooms]
        return any(node.name in vars(base) for base in foreign) or (
            node.name.startswith("clean_") and hasattr(kind, "_clean_fields")
        )
    if isinstance(node, ast.ClassDef):
        kind = getattr(importlib.import_module(module), node.name)
        return kind in {type(app) for app in apps.get_app_configs()} | set(apps.get_models())
    return False


def _called(node):
    return node.func if isinstance(node, ast.Call) else node


def unused(sources, templates, rooms):
    """(module, qualified name, line) of what only tests call, or nobody."""
    everywhere, in_templates = Counter(), set(re.findall(r"\w+", templates))
    for source in sources:
        everywhere += source.names + source.attributes
        everywhere.update(word for text in source.texts for word in re.findall(r"\w+", text))
    for source in sources:
        if "migrations" in source.module.split(".") or ".management.commands." in source.module:
            continue
        for qualified, node, within in definitions(source.tree):
            own = Source(source.module, ast.unparse(node), [])
            if node.name in in_templates or is_called_by_a_library(source.module, node, within, rooms):
                continue
            if within is None:
                here = source.names[node.name] + (node.name in source.texts) > own.names[node.name]
                is_used = here or any(other is not source and other.uses(source.module, node.name) for other in sources)
            else:
                is_used = everywhere[node.name] > own.names[node.name] + own.attributes[node.name]
            if not is_used:
                yield source.module, qualified, node.lineno
