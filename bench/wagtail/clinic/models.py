"""The condition page as a Wagtail developer would model it.

Sections are a StreamField; names, codes and sources are inline rows; stories, news and other conditions are pages;
departments, clinicians, places and the glossary are snippets.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.blocks import CharBlock, ChoiceBlock, RichTextBlock, StructBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageBlock
from wagtail.models import Orderable, Page
from wagtail.rich_text import expand_db_html
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from clinic.glossary import Explainer
from clinic.structured_data import medical_page

KINDS = {
    "overview": _("What it is"),
    "symptoms": _("Signs to look for"),
    "when-to-get-help": _("When to get help"),
    "causes": _("What causes it"),
    "diagnosis": _("How we find it"),
    "treatment": _("Treatment"),
    "living-with": _("Living with it"),
    "outlook": _("What to expect"),
    "questions": _("Questions to ask your doctor"),
}
PROSE = ["h3", "h4", "bold", "italic", "superscript", "subscript", "ul", "ol", "blockquote", "link"]
TEN_MINUTES = 600  # seconds
MOST = 3  # stories and news on the page of a condition


class Location(models.Model):
    name = models.CharField(max_length=255)
    city = models.CharField(max_length=255)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class Department(index.Indexed, models.Model):
    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("Department")
        CENTER = "center", _("Specialized center")
        SERVICE = "service", _("Service")

    name = models.CharField(max_length=255)
    slug = models.SlugField(unique=True)
    summary = models.TextField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    order = models.PositiveIntegerField()
    phone = models.CharField(max_length=40)
    hours = models.CharField(max_length=255)
    week = models.JSONField(help_text="Opening and closing time of each weekday, such as 08:30 and 17:00; Monday is 0.")
    after_hours_phone = models.CharField(max_length=40, blank=True)
    after_hours_words = models.CharField(max_length=255, blank=True)
    virtual = models.BooleanField(default=False)
    states = models.CharField(max_length=255, blank=True)
    locations = models.ManyToManyField(Location)

    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/departments/{self.slug}/"

    def open_now(self) -> str:
        """Whether somebody answers now, and until when."""
        now = timezone.localtime()
        for day in (now + timedelta(days=ahead) for ahead in range(8)):
            for opens, closes in self.week.get(str(day.weekday()), []):
                at, until = (datetime.combine(day, time.fromisoformat(each), now.tzinfo) for each in (opens, closes))
                if at <= now < until:
                    return gettext("We are open now, until %(hour)s on %(day)s, %(date)s.") % in_words(until)
                if at > now:
                    return gettext("We are closed now and open on %(day)s, %(date)s, at %(hour)s.") % in_words(at)
        return ""


def in_words(moment: datetime) -> dict[str, str]:
    hour = f"{moment:%I:%M %p}".lstrip("0").lower().replace(":00", "")
    return {"day": date_format(moment, "l"), "date": date_format(moment, "MONTH_DAY_FORMAT"), "hour": hour}


@register_snippet
class Clinician(index.Indexed, models.Model):
    name = models.CharField(max_length=255)
    slug = models.SlugField(unique=True)
    credentials = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=255)

    search_fields = [index.SearchField("name"), index.AutocompleteField("name")]

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}" if self.credentials else self.name

    def get_absolute_url(self) -> str:
        return f"/clinicians/{self.slug}/"

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split())


@register_snippet
class GlossaryTerm(index.Indexed, models.Model):
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    term = models.CharField(max_length=255)
    slug = models.SlugField(max_length=255)
    other_forms = models.TextField(blank=True, help_text="One a line.")
    say = models.CharField(max_length=255, blank=True)
    definition = models.TextField()

    search_fields = [index.SearchField("term"), index.AutocompleteField("term")]

    def __str__(self) -> str:
        return self.term


class HomePage(Page):
    subpage_types = ["clinic.ListPage"]


class ListPage(Page):
    """Conditions, stories or news."""

    subpage_types = ["clinic.ConditionPage", "clinic.StoryPage", "clinic.NewsPage"]


class SectionBlock(StructBlock):
    kind = ChoiceBlock(choices=list(KINDS.items()))
    picture = ImageBlock(required=False)
    caption = CharBlock(required=False)
    body = RichTextBlock(features=PROSE)


class ConditionPage(Page):
    summary = models.TextField()
    key_points = models.TextField(blank=True, help_text="One a line, as in the three fields below.")
    ask_us = models.TextField(blank=True)
    call_today = models.TextField(blank=True)
    emergency = models.TextField(blank=True)
    sections = StreamField([("section", SectionBlock())])
    departments = ParentalManyToManyField(Department, blank=True, related_name="conditions")
    related = ParentalManyToManyField("self", symmetrical=False, blank=True, related_name="related_from")
    not_to_be_confused_with = ParentalManyToManyField("self", symmetrical=False, blank=True, related_name="confused_from")
    reviewed_by = models.ForeignKey(Clinician, null=True, blank=True, on_delete=models.PROTECT)
    reviewed_on = models.DateField(null=True, blank=True)
    next_review_due = models.DateField(null=True, blank=True)
    change_note = models.TextField(blank=True)
    is_sample = models.BooleanField(default=False)

    parent_page_types = ["clinic.ListPage"]
    subpage_types: list[str] = []
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("sections")]
    content_panels = [
        *Page.content_panels,
        InlinePanel("names", label="names"),
        InlinePanel("codes", label="codes"),
        FieldPanel("summary"),
        FieldPanel("key_points"),
        MultiFieldPanel([FieldPanel("ask_us"), FieldPanel("call_today"), FieldPanel("emergency")], heading="When to call"),
        FieldPanel("sections"),
        InlinePanel("sources", label="sources"),
        FieldPanel("departments"),
        FieldPanel("related"),
        FieldPanel("not_to_be_confused_with"),
        MultiFieldPanel(
            [
                FieldPanel("reviewed_by"),
                FieldPanel("reviewed_on"),
                FieldPanel("next_review_due"),
                FieldPanel("change_note"),
                FieldPanel("is_sample"),
            ],
            heading="Review",
        ),
    ]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        conditions = self.get_parent()
        departments = list(self.departments.prefetch_related("locations"))
        stories = list(self.stories.live().order_by("-first_published_at").select_related("picture")[: MOST + 1])
        news = list(self.news.live().order_by("-first_published_at").defer("body")[: MOST + 1])
        context |= {
            "heading": self.heading,
            "say": next((name.say for name in self.all_names if name.kind == ConditionName.Kind.PREFERRED), ""),
            "also": self.also_called,
            "crumbs": [conditions.get_parent(), conditions],
            "translations": self.get_translations(inclusive=True).live().select_related("locale"),
            "contact": departments[0] if departments else None,
            "departments": departments,
            "by_video": [department for department in departments if department.virtual],
            "places": list(dict.fromkeys(place for row in departments for place in row.locations.all())),
            "stories": stories[:MOST],
            "news": news[:MOST],
            "more_stories": len(stories) > MOST,
            "more_news": len(news) > MOST,
            "related": self.related.live().order_by("title").only("title", "url_path"),
            "not_this": self.not_to_be_confused_with.live().order_by("title").only("title", "url_path"),
            "site_name": settings.SITE_NAME,
            "site_tagline": settings.SITE_TAGLINE,
            "site_phone": settings.SITE_PHONE,
            "emergency_phone": settings.EMERGENCY_PHONE,
        }
        return context | {"structured": medical_page(self, request, context)}

    @cached_property
    def all_names(self) -> list["ConditionName"]:
        return list(self.names.all())

    @cached_property
    def all_sources(self) -> list["Source"]:
        return list(self.sources.all())

    @cached_property
    def short(self) -> str:
        """The abbreviation that the initials of the title make."""
        initials = sorted(word[0].upper() for word in self.title.split())
        kind = ConditionName.Kind.ABBREVIATION
        return next((name.text for name in self.all_names if name.kind == kind and sorted(name.text) == initials), "")

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.short})" if self.short else self.title

    @property
    def also_called(self) -> list[str]:
        kinds = {ConditionName.Kind.ABBREVIATION, ConditionName.Kind.ALSO_CALLED}
        return [name.text for name in self.all_names if name.kind in kinds and name.text != self.short]

    @property
    def contents(self) -> list[tuple[str, str]]:
        """(anchor, heading) of each section, read without making the blocks."""
        return [(row["value"]["kind"], KINDS[row["value"]["kind"]]) for row in self.sections.raw_data]

    @cached_property
    def explained(self) -> tuple[list[SafeString], SafeString]:
        return cache.get_or_set(f"explained.{self.cache_key}", self.explain, TEN_MINUTES)

    def explained_sections(self) -> Iterator[tuple[str, str, Any, SafeString]]:
        """(anchor, heading, block, text) of each section, with the words of the glossary linked to what they mean."""
        for block, text in zip(self.sections, self.explained[0], strict=True):
            kind = block.value["kind"]
            yield kind, KINDS[kind], block.value, text

    def explain(self) -> tuple[list[SafeString], SafeString]:
        """What is the same for every reader until the page is published anew; a changed glossary shows after ten minutes."""
        explain = Explainer(GlossaryTerm.objects.filter(language=self.locale.language_code))
        texts = [explain(expand_db_html(block.value["body"].source)) for block in self.sections]
        return texts, render_to_string("clinic/includes/words.html", {"words": explain.used()})


class ConditionName(Orderable):
    class Kind(models.TextChoices):
        PREFERRED = "preferred"
        ALSO_CALLED = "also-called"
        ABBREVIATION = "abbreviation"
        EVERYDAY = "everyday"
        MISSPELLING = "misspelling"

    page = ParentalKey(ConditionPage, on_delete=models.CASCADE, related_name="names")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.CharField(max_length=255)
    say = models.CharField(max_length=255, blank=True)


class ConditionCode(Orderable):
    class System(models.TextChoices):
        ICD_10 = "icd-10-cm", "ICD-10-CM"
        SNOMED = "snomed-ct", "SNOMED CT"
        ORPHA = "orpha", "ORPHA"
        OMIM = "omim", "OMIM"
        MESH = "mesh", "MeSH"
        ICD_11 = "icd-11", "ICD-11"

    page = ParentalKey(ConditionPage, on_delete=models.CASCADE, related_name="codes")
    system = models.CharField(max_length=20, choices=System.choices)
    code = models.CharField(max_length=40)


class Source(Orderable):
    page = ParentalKey(ConditionPage, on_delete=models.CASCADE, related_name="sources")
    title = models.CharField(max_length=500)
    publisher = models.CharField(max_length=255, blank=True)
    url = models.URLField(blank=True)
    date = models.CharField(max_length=10, help_text="A day, a month or a year: 2018-08-01, 2018-08 or 2018.")


class StoryPage(Page):
    name_shown = models.CharField(max_length=255)
    age_band = models.CharField(max_length=40, blank=True)
    picture = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    body = RichTextField(features=PROSE)
    conditions = ParentalManyToManyField(ConditionPage, related_name="stories", blank=True)

    parent_page_types = ["clinic.ListPage"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("name_shown"),
        FieldPanel("age_band"),
        FieldPanel("picture"),
        FieldPanel("body"),
        FieldPanel("conditions"),
    ]

    def opening(self) -> str:
        return first_sentence(self.body)


class NewsPage(Page):
    summary = models.TextField()
    source_name = models.CharField(max_length=255, blank=True)
    body = RichTextField(features=PROSE, blank=True)
    conditions = ParentalManyToManyField(ConditionPage, related_name="news", blank=True)

    parent_page_types = ["clinic.ListPage"]
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("source_name"),
        FieldPanel("body"),
        FieldPanel("conditions"),
    ]

    def opening(self) -> str:
        return first_sentence(self.summary)


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", strip_tags(text.partition("</p>")[0]).strip(), maxsplit=1)[0]
