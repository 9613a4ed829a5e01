"""Eighty broken content files (two hundred with FULL=1), made from the sample with a fixed seed: each is told with its place, none changes a row."""

import os
import random
import re
import shutil
from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command

COUNT = 200 if "FULL" in os.environ else 80
SAMPLE = Path(__file__).resolve().parent.parent / "sample"
NEEDED = {
    "locations": ["name", "street", "city", "state", "postal_code", "time_zone"],
    "departments": ["kind", "name", "summary", "phone"],
    "clinicians": ["name", "credentials", "role"],
    "glossary": ["slug", "term", "definition"],
    "medicines": ["slug", "medicine", "kind", "warning"],
    "conditions": ["kind", "system", "code", "at", "reviewer", "reviewed_on", "next_review_due", "sources", "text"],
    "stories": ["title", "summary", "name_shown", "conditions", "text", "signed_on", "scope", "document", "authorizations"],
    "news": ["kind", "title", "summary", "conditions"],
}
LISTS = {"departments", "related", "conditions", "locations"}


def nodes(text):
    """(key, its line from 0, its column, its value's node) of every key in a file."""
    waiting = [yaml.compose(text, Loader=yaml.CSafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield key.value, key.start_mark.line, key.start_mark.column, value
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def spliced(text, node, new):
    return text[: node.start_mark.index] + new + text[node.end_mark.index :]


def pick(rng, text, *keys, one_line=True):
    """One of the values of `keys`, at random, as (line from 1, node)."""
    found = [
        (line + 1, value)
        for key, line, _column, value in nodes(text)
        if key in keys
        and (not one_line or (isinstance(value, yaml.ScalarNode) and value.start_mark.line == value.end_mark.line))
    ]
    return rng.choice(sorted(found, key=lambda pair: pair[1].start_mark.index)) if found else None


def value_becomes(new, *keys, place=True):
    """`place`: whether the message must name this very line; a quote that never ends may be met further down."""

    def broken(rng, folder, text):
        found = pick(rng, text, *keys)
        return found and (spliced(text, found[1], rng.choice(new)), found[0] if place else None)

    return broken


def misspelled_key(rng, folder, text):
    key, line, column, _value = rng.choice(sorted(nodes(text), key=lambda node: node[1:3]))
    lines = text.split("\n")
    lines[line] = lines[line][:column] + key + "q" + lines[line][column + len(key) :]
    return "\n".join(lines), line + 1


def missing_key(rng, folder, text):
    found = [node for node in nodes(text) if node[0] in NEEDED[folder]]
    key, line, column, _value = rng.choice(sorted(found, key=lambda node: node[1:3]))
    lines = text.split("\n")
    lines[line] = lines[line][:column] + "sample" + lines[line][column + len(key) :]
    return "\n".join(lines), None


def doubled_key(rng, folder, text):
    lines = [line for line in text.split("\n") if re.match(r"[a-z_]+: [^\s>|]", line)]
    return (text.rstrip("\n") + "\n" + rng.choice(lines), text.rstrip("\n").count("\n") + 2) if lines else None


def unknown_slug(rng, folder, text):
    found = [
        (line + 1, item)
        for key, line, _column, value in nodes(text)
        if key in LISTS and isinstance(value, yaml.SequenceNode)
        for item in value.value
    ]
    if not found:
        return None
    _line, item = rng.choice(sorted(found, key=lambda pair: pair[1].start_mark.index))
    return spliced(text, item, "no-such-thing"), item.start_mark.line + 1


def wrong_check_digit(rng, folder, text):
    found = re.search(r'snomed-ct, code: "(\d+)(\d)"', text)
    if not found:
        return None
    other = str((int(found[2]) + rng.randint(1, 9)) % 10)
    return text[: found.start(2)] + other + text[found.end(2) :], text.count("\n", 0, found.start()) + 1


def second_preferred_name(rng, folder, text):
    found = re.search(r"^( +)- \{kind: preferred, .*\n", text, re.MULTILINE)
    if not found:
        return None
    second = f"{found[1]}- {{kind: preferred, text: Another}}\n"
    return text[: found.end()] + second + text[found.end() :], text.count("\n", 0, found.end()) + 1


def seven_key_points(rng, folder, text):
    found = re.search(r"^( +)key_points:\n", text, re.MULTILINE)
    if not found:
        return None
    points = "".join(f"{found[1]}  - Point {n}\n" for n in range(7))
    return text[: found.end()] + points + text[found.end() :], text.count("\n", 0, found.start()) + 1


def inserted(what):
    def broken(rng, folder, text):
        lines = text.split("\n")
        line = rng.randrange(len(lines) - 1)
        lines[line] = what + lines[line]
        return "\n".join(lines), line + 1

    return broken


def appended(what):
    def broken(rng, folder, text):
        return text.rstrip("\n") + "\n" + what + "\n", text.rstrip("\n").count("\n") + 2

    return broken


def cut(rng, folder, text):
    if folder != "conditions":  # elsewhere what is left may be whole
        return None
    start = text.index("sections:")
    return text[: rng.randrange(start, text.index("sources:", start))], None


def not_utf8(rng, folder, text):
    at = rng.randrange(len(text))
    return text[:at].encode() + b"\xff" + text[at:].encode(), text.count("\n", 0, at) + 1


def whole(content, line=1):
    return lambda rng, folder, text: (content, line)


MOMENTS = ("at", "publish_at")
DAYS = ("reviewed_on", "next_review_due", "signed_on", "expires_on", "valid_from")
BREAKS = [
    misspelled_key,
    missing_key,
    doubled_key,
    value_becomes(["symtoms", "Preferred", "[overview]"], "kind"),
    value_becomes(["fr", "english"], "language"),
    value_becomes(["icd-9", "snomed"], "system"),
    value_becomes(["aunt"], "relationship"),
    value_becomes(["[a, b]", "{a: b}", "", "~", '""'], "name", "title", "role", "street", "term", "reviewer"),
    value_becomes(["single", "{a: b}", "[[a]]"], "scope", "days", "also"),
    value_becomes(["2026-02-30", "soon", "12.3.2026", "2026"], *DAYS),
    value_becomes(["2026-02-30T08:00:00-05:00", "2026-03-09", "today", "2026-03-09T25:00:00"], *MOMENTS),
    value_becomes(["yes", "1", '"true"', "maybe"], "sample", "in_person", "virtual", "assent"),
    value_becomes(["-3", "many", "1.5", "[1]"], "order", "review_every_months"),
    value_becomes(["0", "61"], "review_every_months"),
    value_becomes(["new york", "NYC"], "state"),
    value_becomes(["Mars/Base", "../etc"], "time_zone"),
    value_becomes(["not an address"], "email", "source_url"),
    value_becomes(["nobody-at-all"], "reviewer"),
    value_becomes(["missing.webp", "../news/mri-film.webp", "/etc/passwd", "notes.webp", "x.svg", "link.webp"], "file"),
    value_becomes(["x" * 5000], "name", "title", "term", "signed_by", "age_band"),
    value_becomes(["a: b: c"], "name", "title"),
    value_becomes(["!!python/object:os.system x", "!secret x"], "name", "title"),
    value_becomes(["&a x", "*a"], "name", "title", "role"),
    value_becomes(['"never ends', "'never ends", "[never ends", "{never: ends"], "name", "title", "term", place=False),
    value_becomes(['"half \\0 text"'], "name", "title"),
    unknown_slug,
    wrong_check_digit,
    second_preferred_name,
    seven_key_points,
    inserted("\t"),
    inserted("\x00"),
    inserted("\x07"),
    appended("---\nname: second"),
    appended("unknown: " + "[" * 2000),
    appended("unknown: {a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: o}}}}}}}}}}}}}}"),
    appended("bomb: &a [x, x]\nbombs: [*a, *a]"),
    cut,
    not_utf8,
    whole(""),
    whole("# nothing but a comment\n"),
    whole("just a text\n"),
    whole("- a\n- list\n"),
    whole("x: " + "y" * 10_000_000),
]


def broken_files(count):
    """(folder, name, content, the line that the message must name or None), all different."""
    rng = random.Random(20261122)
    files = sorted(SAMPLE.glob("*/*.yaml"))
    made = {}
    for turn in range(count * 20):
        if len(made) == count:
            break
        path = rng.choice(files)
        found = BREAKS[turn % len(BREAKS)](rng, path.parent.name, path.read_text(encoding="utf-8"))
        if found:
            content = found[0] if isinstance(found[0], bytes) else found[0].encode()
            made.setdefault((path.parent.name, path.name, content), found[1])
    return [(*key, line) for key, line in made.items()]


def rows():
    """Everything in the database."""
    return {
        model: list(model._base_manager.order_by("pk").values_list()) for model in apps.get_models(include_auto_created=True)
    }


def complaint(path, capsys):
    """What the command prints of a file, or None if it takes it."""
    try:
        call_command("import_content", path, publish=True, reviewer="ana-example")
    except CommandError:
        return capsys.readouterr().err.splitlines()
    return None


@pytest.mark.django_db
def test_every_broken_file_is_told_with_its_place_and_changes_nothing(tmp_path, capsys):
    call_command("load_demo", verbosity=0)
    before = rows()
    broken = broken_files(COUNT)
    amiss = []

    for folder, name, content, line in broken:
        shutil.rmtree(tmp_path / folder, ignore_errors=True)
        shutil.copytree(SAMPLE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.yaml"))
        (tmp_path / folder / "notes.webp").write_text("no picture")
        (tmp_path / folder / "link.webp").symlink_to(SAMPLE / "news" / "mri-film.webp")
        (tmp_path / folder / name).write_bytes(content)
        told = complaint(tmp_path / folder / name, capsys)
        places = [re.fullmatch(rf"{folder}/{name}, line (\d+): \S.+", sentence) for sentence in told or []]
        within = content.count(b"\n") + 1
        if not places or not all(place and 1 <= int(place[1]) <= within for place in places):
            amiss.append((folder, name, told))
        elif line and line not in {int(place[1]) for place in places}:
            amiss.append((folder, name, line, told))

    assert len(broken) == COUNT
    assert amiss == []
    assert rows() == before
