"""The button in a health record: what its many writers send, and what each is answered."""

import json
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Condition, ConditionCode
from foundation.search.models import Miss
from portal.environment import CODE_SYSTEMS
from tests import factories

HL7 = "2.16.840.1.113883.6"
ICD = f"mainSearchCriteria.v.cs={HL7}.90"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
XML = "knowledgeResponseType=text/xml"
ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(scope="module")
def made(module_db):
    rows = [
        ("crmo", "icd-10-cm", "M86.3", True),
        ("fever", "icd-10-cm", "M04.1", False),
        ("kawasaki", "mesh", "D009080", False),
        ("perthes", "icd-10-cm", "M91.1", True),
        ("scoliosis", "snomed-ct", "298382003", False),
        ("lupus", "orpha", "536", False),
        ("jia", "icd-10-cm", "M08", True),
        ("juvenile", "icd-10-cm", "M08.4", True),
        ("pfapa", "omim", "614851", False),
    ]
    for slug, system, code, below in rows:
        row = factories.live(slug).condition
        row.codes.create(system=system, code=code, includes_descendants=below)
    crmo = Condition.objects.get(slug="crmo")
    crmo.names.create(language="es", kind="preferred", text="OMCR")
    factories.publish(factories.draft(crmo, "es", sections=("treatment",), summary="En pocas palabras."))
    draft = factories.draft(factories.condition("sapho"))
    draft.condition.codes.create(system="icd-10-cm", code="M86.9")
    Condition.objects.get(slug="pfapa").codes.create(system="icd-10-cm", code="M04.1")


@pytest.fixture
def pages(made, db):
    """Nine conditions with their codes, one of them in Spanish too, and a draft."""


def ask(client, query, accept="*/*"):
    return client.get(f"/infobutton?{query}", headers={"Accept": accept})


def slugs(response):
    """(slug, language) of each entry, whichever form the answer has."""
    if response["Content-Type"].startswith("text/xml"):
        entries = ET.fromstring(response.content).findall(f"{ATOM}entry")
        return [
            (entry.find(f"{ATOM}link").get("href").rstrip("/").rpartition("/")[2], entry.get(XML_LANG)) for entry in entries
        ]
    text = response.content.decode()
    feed = json.loads(text[text.index("{") : text.rindex("}") + 1])["feed"]
    return [(entry["link"][0]["href"].rstrip("/").rpartition("/")[2], entry["lang"]) for entry in feed["entry"]]


GOES_TO = {
    # leaves walk up to what counts for all below it; longest first
    f"{ICD}&mainSearchCriteria.v.c=M86.361&informationRecipient.languageCode.c=es": "/es/conditions/crmo/",
    f"{ICD}&mainSearchCriteria.v.c=M08.40": "/conditions/juvenile/",
    f"{ICD}&mainSearchCriteria.v.c=M08.00": "/conditions/jia/",
    # capitals, small letters, no dot, spaces, another name of the system
    f"MAINSEARCHCRITERIA.V.C=m86.319&MAINSEARCHCRITERIA.V.CS={HL7}.90&TASKCONTEXT.C.C=PROBLISTREV": "/conditions/crmo/",
    f"{ICD}&mainSearchCriteria.v.c=M9111&informationRecipient.languageCode.c=fr": "/conditions/perthes/",
    "mainSearchCriteria.v.c=%20M91.10&mainSearchCriteria.v.cs=http://hl7.org/fhir/sid/icd-10-cm": "/conditions/perthes/",
    f"mainSearchCriteria.v.c=M91.1&mainSearchCriteria.v.cs=urn:oid:{HL7}.90": "/conditions/perthes/",
    f"mainSearchCriteria.v.c=M91.1&mainSearchCriteria.v.cs=%20{HL7}.90": "/conditions/perthes/",
    "mainSearchCriteria.v.c=M91.1.&mainSearchCriteria.v.csn=ICD-10%20CM": "/conditions/perthes/",
    "mainSearchCriteria.v.c=M91.1&mainSearchCriteria.v.csn=icd_10_cm": "/conditions/perthes/",
    "mainSearchCriteria.v.c=M91.1&mainSearchCriteria.v.cs=https://hl7.org/fhir/sid/icd-10-cm/": "/conditions/perthes/",
    "mainSearchCriteria.v.c=298382003&mainSearchCriteria.v.cs=http://snomed.info/sct/731000124108": "/conditions/scoliosis/",
    # a system's name, or its sign, before the code; a hyphen for the dot
    "mainSearchCriteria.v.c=SNOMED+CT:298382003&mainSearchCriteria.v.csn=SNOMED+CT": "/conditions/scoliosis/",
    "mainSearchCriteria.v.c=ORPHA+536&mainSearchCriteria.v.csn=Orphanet": "/conditions/lupus/",
    "mainSearchCriteria.v.c=ICD10CM:M91-1&mainSearchCriteria.v.csn=ICD-10-CM": "/conditions/perthes/",
    "mainSearchCriteria.v.c=MIM:%23614851": "/conditions/pfapa/",
    # a system that is not said, where the form of the code is of one system alone
    "mainSearchCriteria.v.c=M08.00&mainSearchCriteria.v.cs=undefined": "/conditions/jia/",
    "mainSearchCriteria.v.c=d009080": "/search/",  # the form of MeSH and of ICD-10-CM without its dot
    # other systems; suffixes from "", 0 or 1; the form before 2010; HL7's own misspelling; &amp;; a forgotten &
    f"mainSearchCriteria.v.c=298382003&mainSearchCriteria.v.cs={HL7}.96": "/conditions/scoliosis/",
    "mainSearchCriteria.v.c=ORPHA:536&mainSearchCriteria.v.cs=https://www.orpha.net": "/conditions/lupus/",
    f"mainSearchCriteria.v.c=614851&mainSearchCriteria.v.cs={HL7}.174": "/conditions/pfapa/",
    f"mainSearchCriteria.v.c0=M91.1&mainSearchCriteria.v.cs0={HL7}.90": "/conditions/perthes/",
    f"mainSearchCriteria.c.c=M91.1&mainSearchCriteria.c.cs={HL7}.90": "/conditions/perthes/",
    f"mainSearchCritieria.v.c=M91.1&mainSearchCritieria.v.cs={HL7}.90": "/conditions/perthes/",
    f"mainSearchCriteria.v.c=M91.1&amp;mainSearchCriteria.v.cs={HL7}.90": "/conditions/perthes/",
    f"mainSearchCriteria.v.c=M86.3&mainSearchCriteria.v.cs={HL7}.90informationRecipient.languageCode.c=sp": "/es/conditions/crmo/",
    # the section that is asked for
    f"{ICD}&mainSearchCriteria.v.c=M86.3&subTopic.v.c=Q000628&informationRecipient.languageCode.c=es": "/es/conditions/crmo/#treatment",
    # nothing fits: the search, with the name and never the code
    f"{ICD}&mainSearchCriteria.v.c=M86.8X8&mainSearchCriteria.v.dn=Other+osteomyelitis": "/search/?q=Other+osteomyelitis&from=record",
    f"{ICD}&mainSearchCriteria.v.c=M86.8X8": "/search/",
    f"{ICD}&mainSearchCriteria.v.c=M86.9": "/search/",  # its page is a draft
    "mainSearchCriteria.v.dn=sore+bone&mainSearchCriteria.v.ot=Robin": "/search/?q=sore+bone&from=record",
    f"mainSearchCriteria.v.c=123456&mainSearchCriteria.v.cs={HL7}.1": "/search/",  # LOINC: a system of ours has such numbers too
    "mainSearchCriteria.v.c=614851": "/search/",  # the form of three systems: a guess
}  # fmt: skip


def test_browser_is_led_to_the_page(pages, client):
    answers = {query: ask(client, query, BROWSER) for query in GOES_TO}

    assert {query: answer.get("Location") for query, answer in answers.items()} == GOES_TO
    assert {answer["Cache-Control"] for answer in answers.values()} == {"no-store"}
    assert {answer["Referrer-Policy"] for answer in answers.values()} == {"no-referrer"}


def test_one_code_of_two_pages_is_a_choice(pages, client):
    page = ask(client, f"{ICD}&mainSearchCriteria.v.c=M041", BROWSER)

    assert page.status_code == 200
    assert [slug in page.content.decode() for slug in ("/conditions/fever/", "/conditions/pfapa/")] == [True, True]


@pytest.mark.parametrize(
    ("asked", "accept", "type_", "start"),
    [
        ("", "*/*", "text/xml", "<?xml"),
        ("knowledgeResponseType=text/XML", BROWSER, "text/xml", "<?xml"),
        ("knowledgeResponseType=application/xml", "*/*", "text/xml", "<?xml"),
        ("knowledgeResponseType=application/json", "*/*", "application/json", "{"),
        ("", "application/json, text/plain, */*", "application/json", "{"),
        ("", "text/xml, text/html;q=0.5", "text/xml", "<?xml"),
        ("", "text/html;q=0, */*", "text/xml", "<?xml"),
        ("callback=show", "text/javascript, */*; q=0.01", "application/javascript", "/**/show({"),
        ("knowledgeResponseType=application/javascript&callback=App.show_it", "*/*", "application/javascript", "/**/App.show_it({"),
    ],
)  # fmt: skip
def test_program_gets_the_form_it_asks_for(pages, client, asked, accept, type_, start):
    two = f"mainSearchCriteria.v.c1=D009080&mainSearchCriteria.v.cs1={HL7}.177"

    answer = ask(client, f"{ICD}&mainSearchCriteria.v.c=M86.30&{two}&{asked}", accept)

    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, type_)
    assert answer.content.decode().startswith(start)
    assert answer["Cross-Origin-Resource-Policy"] == ("cross-origin" if "javascript" in type_ else "same-origin")
    assert slugs(answer) == [("crmo", "en"), ("kawasaki", "en")]


def test_feed_keeps_the_order_of_the_schema_and_says_its_languages(pages, client):
    answer = ask(client, f"{ICD}&mainSearchCriteria.v.c=M86.3&informationRecipient.languageCode.c=es&{XML}")
    feed = ET.fromstring(answer.content)

    assert [child.tag.removeprefix(ATOM) for child in feed] == [
        *("title", "subtitle", "author", "updated", "category", "category", "id", "entry")
    ]
    entry = feed.find(f"{ATOM}entry")
    assert [child.tag.removeprefix(ATOM) for child in entry] == ["title", "link", "id", "updated", "summary"]
    assert (feed.get(XML_LANG), entry.get(XML_LANG), entry.find(f"{ATOM}link").get("hreflang")) == ("es", "es", "es")
    assert entry.find(f"{ATOM}link").get("href") == "http://testserver/es/conditions/crmo/"


def test_json_has_lists_even_of_one_and_an_author_to_read(pages, client):
    feed = ask(client, f"{ICD}&mainSearchCriteria.v.c=M86.3&knowledgeResponseType=application/json").json()["feed"]

    assert isinstance(feed["author"]["name"]["_value"], str)
    assert [len(feed["entry"]), len(feed["entry"][0]["link"])] == [1, 1]
    assert (
        ask(client, f"{ICD}&mainSearchCriteria.v.c=Z99&knowledgeResponseType=application/json").json()["feed"]["entry"] == []
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("mainSearchCriteria.v.ot=Robin+has+pain", 400),
        (f"mainSearchCriteria.v.c=%20&{ICD}", 400),
        (f"mainSearchCriteria.v.c=M32.10&mainSearchCriteria.v.c=M86.30&{ICD}", 400),
        (f"mainSearchCriteria.v.c=M32.10&MAINSEARCHCRITERIA.V.C=M86.30&{ICD}", 400),
        (f"mainSearchCriteria.v.c=M86.30&mainSearchCriteria.v.c=m86.30&{ICD}", 400),
        (f"{ICD}&mainSearchCriteria.v.c=M86.3&mainSearchCriteria.v.ot=a&mainSearchCriteria.v.ot=b", 200),
        (f"{ICD}&{ICD}&mainSearchCriteria.v.c=M86.3&mainSearchCriteria.v.c=M86.3", 200),
        (f"{ICD}&mainSearchCriteria.v.c=M86.3&knowledgeResponseType=text/plain", 415),
        (f"{ICD}&mainSearchCriteria.v.c=M86.3&knowledgeResponseType=application/javascript", 400),
        (f"{ICD}&mainSearchCriteria.v.c=M86.3&knowledgeResponseType=application/javascript&callback=a%28%29", 400),
        ("&".join(f"mainSearchCriteria.v.c{at}=M86.3" for at in range(30)), 400),
        (f"{ICD}&mainSearchCriteria.v.c=%00%EF%BB%BF%ED%A0%80" + "M" * 5000, 200),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_plainly(pages, client, query, status):
    answer = ask(client, query)

    assert answer.status_code == status
    assert status == 200 or answer["Content-Type"].startswith("text/plain")


def test_person_who_opens_the_address_can_try_it(pages, client):
    page = ask(client, "", BROWSER)
    tried = ask(
        client,
        "mainSearchCriteria.v.cs=orpha&mainSearchCriteria.v.c=536&mainSearchCriteria.v.dn=&knowledgeResponseType=text/html",
    )

    assert page.status_code == 200
    assert 'name="mainSearchCriteria.v.c"' in page.content.decode()
    assert tried["Location"] == "/conditions/lupus/"


def test_posted_question_is_answered_like_one_in_the_address(pages, client):
    form = {"mainSearchCriteria.v.c": "M86.3", "mainSearchCriteria.v.cs": f"{HL7}.90", "knowledgeResponseType": "text/xml"}

    latin = client.post("/infobutton/", urlencode(form), content_type="application/x-www-form-urlencoded; charset=ISO-8859-1")

    assert [slugs(answer) for answer in (client.post("/infobutton", form), latin)] == [[("crmo", "en")]] * 2
    assert client.put("/infobutton", form).status_code == 405


def test_what_stands_beside_the_code_goes_nowhere(pages, client, caplog):
    told = urlencode(
        {
            "mainSearchCriteria.v.ot": "Robin-Secret",
            "holder.assignedEntity.certificateText": "word-nine",
            "age.v.v": "11",
            "patientPerson.administrativeGenderCode.c": "F",
        }
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answers = [ask(client, f"{ICD}&mainSearchCriteria.v.c={code}&{told}", accept) for code in ("M86.3", "Z99", "?") for accept in ("*/*", BROWSER)]  # fmt: skip

    seen = [str(answer.headers) + answer.content.decode() for answer in answers] + [
        caplog.text,
        *map(str, queries.captured_queries),
    ]
    assert [word for word in ("Robin-Secret", "word-nine") for text in seen if word in text] == []


def test_codes_without_a_page_are_counted_for_editors(pages, client):
    for _time in range(2):
        ask(client, f"{ICD}&mainSearchCriteria.v.c=M868X8&mainSearchCriteria.v.dn=Robins+bone")
    ask(client, f"{ICD}&mainSearchCriteria.v.c=<b>Robin</b>")
    ask(client, f"mainSearchCriteria.v.c=Robin1&mainSearchCriteria.v.cs={HL7}.103")
    client.get(ask(client, f"{ICD}&mainSearchCriteria.v.c=Z99&mainSearchCriteria.v.dn=Robins+bone", BROWSER)["Location"])
    client.force_login(factories.staff("edith", "view_miss"))
    first_page = client.get("/admin/").content.decode()

    assert sorted(Miss.objects.values_list("text", "is_code", "count")) == [
        ("ICD-10-CM M86.8X8", True, 2),
        ("ICD-10-CM Z99", True, 1),
    ]
    assert "Codes that records asked for, with no page" in first_page


def test_operator_names_a_further_system(pages, client, settings):
    settings.CODE_SYSTEMS = {"2.16.840.1.113883.2.99": "orpha", "House list": "orpha"}

    for system in ("2.16.840.1.113883.2.99", "house%20LIST"):
        assert slugs(ask(client, f"mainSearchCriteria.v.c=536&mainSearchCriteria.v.cs={system}")) == [("lupus", "en")]
    assert set(ConditionCode.System.values) == CODE_SYSTEMS


def test_code_costs_the_same_however_long_and_so_do_twenty(pages, client):
    def cost(*codes):
        with CaptureQueriesContext(connection) as asked:
            ask(
                client,
                "&".join(
                    f"mainSearchCriteria.v.c{n}={code}&mainSearchCriteria.v.cs{n}={HL7}.90" for n, code in enumerate(codes)
                ),
            )
        return len(asked)

    assert cost("M99" + "1" * 6) == cost("M99" + "1" * 16) == cost(*(f"M99{n:06}" for n in range(20)))
