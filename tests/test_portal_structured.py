"""What pages say to machines: only types and properties that schema.org has (`tests/data/schemaorg.json`)."""

import json
import re
from pathlib import Path

import pytest

from conditions.models import ConditionCode
from directory.models import OpeningHours
from foundation.prose.text import data_block
from tests import factories

VOCABULARY = json.loads((Path(__file__).parent / "data" / "schemaorg.json").read_text(encoding="utf-8"))
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
PAGES = [
    "/conditions/crmo/",
    "/es/conditions/crmo/",
    "/stories/",
    "/stories/pool/",
    "/news/",
    "/news/evening/",
    "/news/radio/",
    "/departments/",
    "/departments/rheumatology/",
    "/clinicians/ana-example/",
]


@pytest.fixture
def content(db, written):
    """One of everything, written once."""


@pytest.fixture(scope="module")
def written(module_db):
    condition = factories.condition("crmo", name="Chronic </script> osteomyelitis")
    condition.names.create(kind="also-called", language="en", text="Chronic nonbacterial osteomyelitis")
    condition.names.create(kind="misspelling", language="en", text="osteomylitis")
    ConditionCode.objects.create(condition=condition, system="icd-10-cm", code="M86.3")
    factories.publish(factories.draft(condition))
    department = factories.department("rheumatology", name="Pediatric Rheumatology", email="r@example.org")
    department.locations.add(factories.location())
    OpeningHours.objects.create(department=department, weekday=2, opens="09:00", closes="16:30")
    factories.story("pool", [condition], name_shown="Minnow")
    factories.news("evening", [condition])
    factories.news("radio", kind="coverage", text="", source_name="Valley Radio", source_url="https://news.example.org/1")


def said(client, address):
    """type → thing, of the one block on the page."""
    [block] = BLOCK.findall(client.get(address).content.decode())
    data = json.loads(block)
    assert data["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in data["@graph"]}


def faults(value):
    """Types and properties in `value` that schema.org does not have, and empty values."""
    if isinstance(value, list):
        return [fault for each in value for fault in faults(each)]
    if not isinstance(value, dict):
        return []
    allowed = VOCABULARY["types"].get(value["@type"])
    if allowed is None:
        return [value["@type"]]
    own = [f"{value['@type']}.{name}" for name in value if name != "@type" and name not in allowed]
    empty = [f"{value['@type']}.{name} is empty" for name, each in value.items() if each in (None, "", [], {})]
    return own + empty + [fault for each in value.values() for fault in faults(each)]


@pytest.mark.parametrize("address", PAGES)
def test_every_type_and_property_exists(client, content, address):
    assert [fault for thing in said(client, address).values() for fault in faults(thing)] == []


@pytest.mark.parametrize(
    "wrong", [{"@type": "Person", "nmae": "x"}, {"@type": "Persn"}, {"@type": "Person", "knows": [{"@type": "X"}]}]
)
def test_check_itself_finds_what_does_not_exist(wrong):
    assert len(faults(wrong)) == 1


def test_condition_page_names_reviewer_names_and_codes(client, content):
    page = said(client, "/conditions/crmo/")["MedicalWebPage"]

    assert page["lastReviewed"] == "2026-01-02"
    assert page["reviewedBy"] == {
        "@type": "Person",
        "name": "Ana Example",
        "honorificSuffix": "MD",
        "jobTitle": "Pediatric rheumatologist",
    }
    assert page["audience"] == {"@type": "PeopleAudience", "audienceType": "Patient"}
    assert page["about"] == {
        "@type": "MedicalCondition",
        "name": "Chronic </script> osteomyelitis",
        "alternateName": ["Chronic nonbacterial osteomyelitis"],
        "code": [{"@type": "MedicalCode", "codeValue": "M86.3", "codingSystem": "ICD-10-CM"}],
    }
    assert page["citation"] == [
        {
            "@type": "CreativeWork",
            "name": "A study",
            "url": "https://example.org/study",
            "inLanguage": "en",
            "datePublished": "2025-05",
        }
    ]
    assert [step["item"] for step in page["breadcrumb"]["itemListElement"]] == [
        "http://testserver/",
        "http://testserver/conditions/",
        "http://testserver/conditions/crmo/",
    ]


def test_department_is_a_clinic_with_place_and_hours(client, content):
    clinic = said(client, "/departments/rheumatology/")["MedicalClinic"]

    assert clinic["medicalSpecialty"] == ["Pediatric", "Rheumatologic"]
    assert set(clinic["medicalSpecialty"]) <= set(VOCABULARY["members"]["MedicalSpecialty"])
    assert clinic["openingHoursSpecification"] == [
        {"@type": "OpeningHoursSpecification", "dayOfWeek": "Tuesday", "opens": "09:00", "closes": "16:30"}
    ]
    assert clinic["address"][0]["streetAddress"] == "1 Sample Street"
    assert (clinic["telephone"], clinic["email"]) == ("212 555 0101", "r@example.org")


def test_story_is_an_article_by_the_name_the_family_chose(client, content):
    article = said(client, "/stories/pool/")["Article"]

    assert article["author"] == {"@type": "Person", "name": "Minnow"}
    assert article["datePublished"] == "2026-01-05T14:00:00+00:00"


def test_own_news_is_ours_and_coverage_is_cited(client, content):
    own, coverage = said(client, "/news/evening/"), said(client, "/news/radio/")

    assert own["NewsArticle"]["headline"] == "News evening"
    assert coverage["WebPage"]["citation"] == {
        "@type": "NewsArticle",
        "url": "https://news.example.org/1",
        "publisher": {"@type": "Organization", "name": "Valley Radio"},
    }


def test_addresses_are_on_the_public_host(client, content, settings):
    settings.SITE_URL = "https://hospital.example"

    steps = said(client, "/es/stories/pool/")["BreadcrumbList"]["itemListElement"]

    assert [step["item"] for step in steps] == [
        "https://hospital.example/es/",
        "https://hospital.example/es/stories/",
        "https://hospital.example/es/stories/pool/",
    ]


def test_no_text_can_close_the_block():
    assert data_block({"name": "</script><!--&"}) == (
        '<script type="application/ld+json">{"name":"\\u003c/script\\u003e\\u003c!--\\u0026"}</script>'
    )


@pytest.mark.parametrize("address", [*PAGES, "/search/", "/"])
def test_page_has_title_description_and_preview(client, content, address):
    page = client.get(address).content.decode()

    title = re.search(r"<title>(.*?) \| Children’s Bone &amp; Joint Center</title>", page, re.DOTALL)[1]
    description = re.search(r'<meta name="description" content="([^"]+)">', page)[1]
    assert f'<meta property="og:title" content="{title}">' in page
    assert f'<meta property="og:description" content="{description}">' in page
    assert "\n" not in title + description
