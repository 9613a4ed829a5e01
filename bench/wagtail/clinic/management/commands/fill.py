"""Fills the site from a folder of our content files: every condition of theirs in two languages, and what stands around it."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.core.files.images import ImageFile
from django.core.management import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone
from markdown import markdown
from wagtail.images.models import Image
from wagtail.models import Locale, Page, Site

from clinic.models import (
    Clinician,
    ConditionCode,
    ConditionName,
    ConditionPage,
    Department,
    GlossaryTerm,
    HomePage,
    ListPage,
    Location,
    NewsPage,
    Source,
    StoryPage,
)

HOMES = {"en": "Home", "es": "Inicio"}
LISTS = {
    "conditions": {"en": "Conditions", "es": "Enfermedades"},
    "stories": {"en": "Stories"},
    "news": {"en": "News"},
}
DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
ZONE = "Eastern time (New York)"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    @transaction.atomic
    def handle(self, *, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.snippets()
        self.tree()
        files = dict(self.read("conditions"))
        for slug, data in files.items():
            for edition in self.live(data):
                self.condition(slug, data, edition)
        for slug, data in files.items():
            self.text(slug, data)
        for slug, data in self.read("stories"):
            teller = {"name_shown": data["name_shown"], "age_band": data.get("age_band", "")}
            picture = self.image("stories", data["picture"]) if "picture" in data and self.live_now(data) else None
            self.beside(StoryPage, slug, data, "stories", picture=picture, **teller)
        for slug, data in self.read("news"):
            words = {"summary": data["summary"].strip(), "source_name": data.get("source_name", "")}
            self.beside(NewsPage, slug, data, "news", **words)

    def read(self, kind: str) -> Iterator[tuple[str, Any]]:
        """(slug, content) of each file of a folder."""
        for path in sorted((self.folder / kind).glob("*.yaml")):
            yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))

    def snippets(self) -> None:
        places = {slug: Location.objects.create(name=data["name"], city=data["city"]) for slug, data in self.read("locations")}
        for slug, data in self.read("departments"):
            copied = ("name", "summary", "kind", "order", "phone", "after_hours_phone", "after_hours_words", "virtual")
            fields = {name: data[name] for name in copied if name in data}
            department = Department.objects.create(
                slug=slug,
                hours=hours(data["hours"]),
                week=week(data["hours"]),
                states=data.get("licensed_states", ""),
                **fields,
            )
            department.locations.set([places[place] for place in data["locations"]])
        for slug, data in self.read("clinicians"):
            fields = {name: data.get(name, "") for name in ("name", "credentials", "role")}
            Clinician.objects.create(slug=slug, **fields)
        for language, data in self.read("glossary"):
            for term in data["terms"]:
                fields = {name: term.get(name, "") for name in ("term", "slug", "say", "definition")}
                GlossaryTerm.objects.create(language=language, other_forms="\n".join(term.get("also", [])), **fields)

    def tree(self) -> None:
        """A home page and lists in each language, in place of what Wagtail begins with."""
        english = Locale.objects.get(language_code="en")
        self.locales = {"en": english, "es": Locale.objects.create(language_code="es")}
        Page.objects.get(depth=2).delete()
        root = Page.objects.get(depth=1)
        root.refresh_from_db()
        home = root.add_child(instance=HomePage(title=HOMES["en"], slug="home", locale=english))
        Site.objects.all().delete()
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
        homes = {"en": home, "es": translated(home, self.locales["es"], HOMES["es"], "home-es")}
        self.lists: dict[str, dict[str, ListPage]] = {}
        for slug, titles in LISTS.items():
            first = homes["en"].add_child(instance=ListPage(title=titles["en"], slug=slug, locale=english))
            self.lists[slug] = {"en": first}
            if "es" in titles:
                self.lists[slug]["es"] = translated(first, self.locales["es"], titles["es"], slug)
        self.pages: dict[tuple[str, str], ConditionPage] = {}

    def live(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The newest published edition of each language, the English one first."""
        now, found = timezone.now(), {}
        for edition in data["editions"]:
            published = edition.get("published")
            if published and published["at"] <= now and edition["language"] in HOMES:
                found[edition["language"]] = edition
        return sorted(found.values(), key=lambda edition: list(HOMES).index(edition["language"]))

    def condition(self, slug: str, data: dict[str, Any], edition: dict[str, Any]) -> None:
        """Its page, but for what speaks of other pages."""
        language, published, urgent = edition["language"], edition["published"], edition.get("urgent", {})
        names = data["names"].get(language, [])
        page = ConditionPage(
            title=next((name["text"] for name in names if name["kind"] == "preferred"), slug),
            slug=slug,
            locale=self.locales[language],
            summary=edition["summary"].strip(),
            key_points="\n".join(edition.get("key_points", [])),
            ask_us="\n".join(urgent.get("ask_us", [])),
            call_today="\n".join(urgent.get("today", [])),
            emergency="\n".join(urgent.get("emergency", [])),
            reviewed_by=Clinician.objects.get(slug=published["reviewer"]),
            reviewed_on=published["reviewed_on"],
            next_review_due=published["next_review_due"],
            change_note=edition.get("change_note", ""),
            is_sample=data.get("sample", False),
            first_published_at=published["at"],
        )
        english = self.pages.get((slug, "en"))
        if english:
            page.translation_key = english.translation_key
        page.names = [ConditionName(**name, sort_order=place) for place, name in enumerate(names)]
        page.codes = [
            ConditionCode(system=code["system"], code=code["code"], sort_order=place)
            for place, code in enumerate(data.get("codes", []))
        ]
        page.sources = [
            Source(**{name: str(value) for name, value in source.items()}, sort_order=place)
            for place, source in enumerate(edition["sources"])
        ]
        page.departments = [Department.objects.get(slug=name) for name in data["departments"]]
        self.pages[slug, language] = self.lists["conditions"][language].add_child(instance=page)

    def text(self, slug: str, data: dict[str, Any]) -> None:
        """Its sections and the conditions near it, now that all pages are there."""
        for edition in self.live(data):
            language = edition["language"]
            page = self.pages[slug, language]
            page.sections = [("section", self.section(section, language)) for section in edition.get("sections", [])]
            for field in ("related", "not_to_be_confused_with"):
                near = [self.pages[other, language] for other in data[field] if (other, language) in self.pages]
                setattr(page, field, near)
            published = page.first_published_at
            page.save_revision().publish()
            ConditionPage.objects.filter(pk=page.pk).update(first_published_at=published)

    def section(self, section: dict[str, Any], language: str) -> dict[str, Any]:
        picture = section.get("picture")
        body = markdown(section["text"]).replace("\n", "")
        for (slug, spoken), page in self.pages.items():
            if spoken == language:
                body = body.replace(f'href="/conditions/{slug}/"', f'linktype="page" id="{page.pk}"')
        value = {"kind": section["kind"], "body": body, "caption": "", "picture": None}
        if picture:
            image = self.image("conditions", picture)
            image.contextual_alt_text, image.decorative = picture["alt"], False
            value |= {"picture": image, "caption": picture.get("caption", "")}
        return value

    def image(self, kind: str, picture: dict[str, Any]) -> Image:
        path = self.folder / kind / picture["file"]
        name = sha256(path.read_bytes()).hexdigest() + path.suffix  # as ours: an address that can be kept for ever
        with path.open("rb") as file:
            return Image.objects.create(title=path.stem, file=ImageFile(file, name=name))

    def live_now(self, data: dict[str, Any]) -> bool:
        now: datetime = timezone.now()
        over = data.get("expires_at")
        public = data["status"] == "published" and data["publish_at"] <= now and not (over and over <= now)
        return public and data["language"] == "en"

    def beside(self, model: type[Page], slug: str, data: dict[str, Any], kind: str, **fields: Any) -> None:
        """A story or a news item that readers may see now."""
        if not self.live_now(data):
            return
        page = model(title=data["title"], slug=slug, body=markdown(data.get("text", "")), locale=self.locales["en"], **fields)
        page.first_published_at = data["publish_at"]
        page.conditions = [self.pages[name, "en"] for name in data["conditions"] if (name, "en") in self.pages]
        self.lists[kind]["en"].add_child(instance=page)


def translated(page: Page, locale: Locale, title: str, slug: str) -> Any:
    """A copy in another language."""
    copy = page.copy_for_translation(locale)
    copy.title, copy.slug = title, slug
    copy.save_revision().publish()
    return copy


def hours(rows: list[dict[str, Any]]) -> str:
    """Opening hours in words: "Monday to Thursday, 8:30 am to 5 pm; Friday, 8:30 am to 3 pm, Eastern time (New York)"."""
    parts = []
    for row in rows:
        days = [DAYS[day] for day in row["days"]]
        span = f"{days[0]} to {days[-1]}" if len(days) > 1 else days[0]
        parts.append(f"{span}, {clock(row['opens'])} to {clock(row['closes'])}")
    return f"{'; '.join(parts)}, {ZONE}"


def week(rows: list[dict[str, Any]]) -> dict[int, list[list[str]]]:
    spans: dict[int, list[list[str]]] = {}
    for row in rows:
        for day in row["days"]:
            spans.setdefault(list(DAYS).index(day), []).append([row["opens"], row["closes"]])
    return spans


def clock(time: str) -> str:
    """13:00 as "1 pm"."""
    hour, minute = map(int, time.split(":"))
    return f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''} {'am' if hour < 12 else 'pm'}"
