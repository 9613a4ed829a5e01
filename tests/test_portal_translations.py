"""The site's own words in Spanish: all there, all whole, and none of the English ones left on a Spanish page unmarked."""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import html5lib
import polib
import pytest
from django.urls import clear_url_caches, reverse
from django.utils.formats import date_format
from django.utils.translation import override

from appointments import actions, time_text
from appointments.actions.booking import Slot
from appointments.actions.privacy import copy_of
from appointments.forms import Visit
from appointments.messages import KINDS, TO_STAFF, preview
from appointments.models import Request
from conditions.models import Condition, ConditionName, Section
from conditions.views.feedback import MOST, PER
from directory.hours import week_in_words, zone_in_words
from directory.models import Department, OpeningHours
from foundation.outbox.models import Message
from foundation.pages.templatetags.pages import partial_date
from foundation.privacy import limits
from foundation.search.models import Entry
from portal.startup import languages_have_words
from portal.views import errors
from tests import factories
from tests.reading import body

ROOT = Path(__file__).resolve().parent.parent
CATALOG = ROOT / "portal" / "locale" / "es" / "LC_MESSAGES" / "django.po"
MESSAGES = {entry.msgid: entry for entry in polib.pofile(str(CATALOG))}
DIFFERENT = {m.msgid: m.msgstr for m in MESSAGES.values() if m.msgstr and m.msgstr != m.msgid}
READING = [
    ROOT / "templates" / "base.html",
    *(
        path
        for room in ["components", "portal", "conditions", "stories", "news", "directory", "guides", "appointments", "form"]
        for path in ROOT.glob(f"templates/{room}/**/*.*")
    ),
]
ENGLISH_WORDS = re.compile(
    r"\b(the|and|of|for|to|is|are|you|your|we|us|this|that|with|by|on|in|at|page|call|here|not|all|what|who|how|when)\b",
    re.IGNORECASE,
)
PAGES = [
    "/es/",
    "/es/conditions/",
    "/es/conditions/?department=rheumatology",
    "/es/conditions/?department=nowhere",
    "/es/conditions/crmo/",
    "/es/conditions/crmo/versions/",
    "/es/conditions/crmo/versions/1/",
    "/es/conditions/crmo/feedback/",
    "/es/conditions/lupus/",
    "/es/conditions/lupus/versions/",
    "/es/conditions/lupus/versions/1/",
    "/es/conditions/lupus/feedback/",
    "/es/glossary/",
    "/es/stories/",
    "/es/stories/sol/",
    "/es/stories/pool/",
    "/es/news/",
    "/es/news/tarde/",
    "/es/news/evening/",
    "/es/departments/",
    "/es/departments/rheumatology/",
    "/es/clinicians/ana-example/",
    "/es/guides/",
    "/es/guides/visita/",
    "/es/guides/english/",
    "/es/notices/privacy/",
    "/es/notices/accessibility/",
    "/es/language-help/",
    "/es/search/",
    "/es/search/?q=hueso",
    "/es/search/?q=huesso",
    "/es/search/?q=lupus",
    "/es/search/?q=xilofono",
    "/es/nowhere/",
    "/es/appointments/",
    "/es/appointments/?condition=crmo",
    "/es/appointments/?condition=lupus",
    "/es/appointments/find/",
    "/es/appointments/r/nowhere/",
    "/es/appointments/request/you/",
]
EMPTY = [
    "/es/",
    "/es/conditions/",
    "/es/glossary/",
    "/es/stories/",
    "/es/news/",
    "/es/departments/",
    "/es/guides/",
    "/es/language-help/",
]


def words_of(response):
    """(language, text) of all that is read or read out: texts and labels, each in the language that the page marks it with."""
    html = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return list(_walk(html.find("body"), html.get("lang")))


def _walk(element, language):
    if element.tag == "script":  # what machines read
        return
    language = element.get("lang", language)
    own = [element.text, element.get("aria-label"), element.get("alt")]
    yield from ((language, text.strip(" ·\n")) for text in own if text and text.strip())
    for child in element:
        yield from _walk(child, language)
        if child.tail and child.tail.strip():
            yield (language, child.tail.strip())


def out_of_place(response):
    """English words that are not marked as English, and Spanish furniture that is."""
    said = words_of(response)
    english = [text for lang, text in said if lang == "es" and (text in DIFFERENT or ENGLISH_WORDS.search(text))]
    spanish = [text for lang, text in said if lang == "en" and text in DIFFERENT.values()]
    return english, spanish


def used_in(template):
    """The message ids of one template, as makemessages writes them."""
    text = template.read_text(encoding="utf-8")
    yield from (found for _quote, found in re.findall(r"""(?:{%\s*translate\s+|\b_\()(["'])(.+?)\1""", text))
    for block in re.findall(r"{%\s*blocktranslate\b.*?%}(.*?){%\s*endblocktranslate\s*%}", text, re.DOTALL):
        one = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", block.partition("{% plural %}")[0])
        yield " ".join(one.split())


def shape(text):
    return sorted(re.findall(r"%\(\w+\)[sd]|%[sd]|<[^>]+>", text))


@pytest.fixture
def site(db):
    """One of everything: a condition with a Spanish text, one without, Spanish and English stories and news."""
    place = factories.location(directions="Take the elevator.", accessibility="A ramp leads to the door.")
    department = factories.department(text="<p>We see children here.</p>", what_to_bring="Your card", virtual=True)
    department.locations.add(place)
    for day in (1, 2, 3, 5):
        OpeningHours.objects.create(department=department, weekday=day, opens=time(9), closes=time(12))
    factories.clinician(text="<p>She works with us.</p>", is_sample=True).departments.add(department)
    both = factories.condition("crmo", name="Bone swelling", is_sample=True)
    for kind, name in [("preferred", "Hueso hinchado"), ("abbreviation", "HH"), ("also-called", "Osteítis")]:
        ConditionName.objects.create(condition=both, language="es", kind=kind, text=name, say="ue-so")
    english = factories.condition("lupus", name="Lupus of the skin", is_sample=True)
    for row in (both, english):
        row.departments.add(department)
        factories.publish(
            factories.draft(row, sections=Section.Kind.values, ask_us="Is not well", change_note="All of it is new.")
        )
    both.related.add(english)
    english.not_to_be_confused_with.add(both)
    text = factories.draft(
        both, "es", sections=(), summary="Huesos que duelen.", key_points="Duele\nVuelve", emergency="está mal"
    )
    for order, kind in enumerate(Section.Kind.values):
        Section.objects.create(edition=text, order=order, kind=kind, body="<p>Un hueso con inflamación.</p>")
    text.sources.update(title="Un estudio")
    factories.publish(text)
    factories.term("inflammation", "es", term="inflamación", definition="Hinchazón.", say="hin-cha-SON")
    spanish = {
        "language": "es",
        "title": "Un día de sol",
        "summary": "Vuelve a nadar.",
        "text": "<p>Nada.</p>",
        "is_sample": True,
    }
    factories.story("pool", [both, english], summary="She is in the pool.", age_band="8 to 10", is_sample=True)
    factories.story("sol", [both, english], name_shown="Sol", age_band="8 a 10", **spanish)
    source = {"kind": "coverage", "source_name": "Gaceta", "source_url": "https://example.org/"}
    factories.news("evening", [both, english], summary="We meet in the hall.", is_sample=True, **source)
    factories.news("tarde", [both, english], **spanish, **source)
    spanish = factories.guide("visita", "es", shows="phones", is_sample=True).texts.get()
    spanish.title, spanish.summary, spanish.text = "Su visita", "Dura una hora.", "<p>Una hora.</p>"
    spanish.save()
    factories.guide("english", shows="places", is_sample=True)
    factories.notice("privacy", is_sample=True, address="https://example.org/", reviewed_on=date(2026, 3, 1))
    factories.notice("language-help", title="English", text="<p>We help you.</p>", is_sample=True)


def test_compiled_catalog_is_the_written_one():
    assert CATALOG.with_suffix(".mo").read_bytes() == polib.pofile(str(CATALOG)).to_binary()


def test_no_translation_is_a_guess():
    assert [message.msgid for message in MESSAGES.values() if message.fuzzy] == []


def test_plural_that_is_translated_has_each_of_its_forms():
    """English is shown for a number whose form is missing."""
    forms = int(re.search(r"nplurals=(\d)", polib.pofile(str(CATALOG)).metadata["Plural-Forms"])[1])

    filled = {m.msgid: len([text for text in m.msgstr_plural.values() if text]) for m in MESSAGES.values() if m.msgid_plural}

    assert {msgid: count for msgid, count in filled.items() if count not in {0, forms}} == {}


def test_translations_keep_placeholders_and_tags():
    pairs = [(m.msgid, m.msgstr) for m in MESSAGES.values() if m.msgstr]
    pairs += [
        (m.msgid_plural if n else m.msgid, text) for m in MESSAGES.values() for n, text in m.msgstr_plural.items() if text
    ]

    assert [pair for pair in pairs if shape(pair[0]) != shape(pair[1])] == []


@pytest.mark.parametrize("template", READING, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_word_of_a_reading_template_is_translated(template):
    assert [text for text in used_in(template) if text not in MESSAGES or not MESSAGES[text].translated()] == []


def named_in_vain(response):
    """What says that another part of its page names or explains it, which is not there."""
    html = response.content.decode()
    named = " ".join(re.findall(r' aria-(?:labelledby|describedby)="([^"]*)"', html)).split()
    return sorted(set(named) - set(re.findall(r' id="([^"]*)"', html)))


def test_spanish_pages_mark_what_is_english_and_name_what_is_there(client, site):
    pages = {address: client.get(address) for address in PAGES}

    found = {address: out_of_place(page) for address, page in pages.items()}
    assert {address: words for address, words in found.items() if any(words)} == {}
    assert {address: names for address, page in pages.items() if (names := named_in_vain(page))} == {}


@pytest.mark.django_db
def test_empty_spanish_pages_have_no_english_words_and_phones_that_can_be_pressed(client):
    pages = {address: client.get(address) for address in EMPTY}

    found = {address: out_of_place(page) for address, page in pages.items()}
    assert {address: words for address, words in found.items() if any(words)} == {}
    shown = {address: re.sub('<a [^>]*href="tel:.*?</a>', "", body(page)) for address, page in pages.items()}
    assert [address for address, text in shown.items() if re.search("212[ \u00a0]555", text)] == []


@pytest.mark.parametrize("answers", [1, MOST + 1])
def test_answers_to_feedback_are_spanish(client, rf, site, answers):
    for _ in range(answers - 1):
        limits.allowed(rf.get("/"), what="page feedback", most=MOST, per=PER)

    response = client.post("/es/conditions/crmo/feedback/", {"comment": "x" * 301}, headers={"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == (422 if answers == 1 else 429)
    assert out_of_place(response) == ([], [])


@pytest.mark.parametrize("handler", [errors.bad_request, errors.forbidden, errors.csrf_failure, errors.server_error])
def test_error_page_is_spanish(rf, handler):
    request = rf.get("/es/conditions/")

    response = handler(request) if handler is errors.server_error else handler(request, "")

    assert out_of_place(response) == ([], [])


def test_pages_of_a_list_are_counted_in_spanish(client, site):
    for n in range(20):
        factories.news(f"noticia-{n}", language="es", title="Hola", summary="Hola.")

    response = client.get("/es/news/?page=2")

    assert ("es", "Página 2 de 2") in words_of(response)
    assert out_of_place(response) == ([], [])


def test_teller_speaks_the_language_of_the_story(client, site):
    said = words_of(client.get("/es/stories/"))

    assert [text for text in said if "8" in text[1]] == [("es", "Sol, 8 a 10 años"), ("en", "M., age 8 to 10")]


def test_number_to_call_does_not_break(client, site):
    assert ("es", "Llame al 212\u00a0555\u00a00142") in words_of(client.get("/es/"))


def test_search_knows_the_headings_of_a_spanish_text_in_spanish(site):
    entry = Entry.objects.get(kind="condition", language="es")

    assert entry.text.startswith(
        "Huesos que duelen. Duele. Vuelve; está mal. Qué es. Un hueso con inflamación. Qué señales buscar. "
    )


def test_hours_and_days_are_spanish():
    hours = [OpeningHours(weekday=day, opens=time(8, 30), closes=time(12)) for day in (1, 2, 3)]
    hours.append(OpeningHours(weekday=6, opens=time(12), closes=time(17)))

    with override("es"):
        said = week_in_words(hours), zone_in_words("America/New_York"), zone_in_words("America/Lima")
        days = date_format(date(2026, 10, 2)), partial_date("2026-10-02"), partial_date("2025-05")

    assert said == (
        [
            ("de lunes a miércoles", "de 8:30 a.\u00a0m. a mediodía"),
            ("sábado", "de mediodía a 5 p.\u00a0m."),
        ],
        "hora del Este (Nueva York)",
        "hora de Lima",
    )
    assert days == ("2 de octubre de 2026", "2 de octubre de 2026", "mayo de 2025")


@pytest.mark.parametrize(("ours", "shown"), [("Lunes a viernes", ("es", "Lunes a viernes")), ("", ("en", "Monday to Friday"))])
@pytest.mark.django_db
def test_hours_on_the_phone_are_spanish_or_marked(client, settings, ours, shown):
    settings.SITE_HOURS, settings.SITE_HOURS_IN = "Monday to Friday", {"es": ours}

    for address in ("/es/", "/es/nowhere/", "/es/appointments/find/"):
        said = words_of(client.get(address))

        assert shown in [(language, text.strip(". ")) for language, text in said]


HOURS = [
    ({}, "Lunes a viernes, de 9 a.\u00a0m. a 5 p.\u00a0m., hora del Este"),
    ({"SITE_HOURS": "Every day"}, ""),
    ({"SITE_HOURS": "Every day", "SITE_HOURS_ES": "Cada día"}, "Cada día"),
]


@pytest.mark.parametrize(("given", "spanish"), HOURS)
def test_our_spanish_hours_go_with_our_english_ones_only(tmp_path, given, spanish):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PYTHONUTF8": "1", **given}
    code = "import portal.settings as s; print(s.SITE_HOURS_IN['es'])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == f"{spanish}\n"


@pytest.mark.django_db
def test_english_page_does_not_mark_its_own_hours(client, settings):
    settings.SITE_HOURS, settings.SITE_HOURS_IN = "Monday to Friday", {"es": "Lunes a viernes"}

    page = client.get("/").content.decode()

    assert ">Monday to Friday</span>" in page
    assert 'lang="en">Monday' not in page
    assert "Lunes" not in page


HOUR = timedelta(hours=1)
WAY = {
    "you": {"asker": "parent", "name": "Pat Sample", "confirm": "on"},
    "child": {"name": "Kim Sample", "born_month": "abril", "born_day": "3", "born_year": "2018"},
    "visit": {"visit": "new", "mode": "virtual", "state": "NY", "interpreter": "spoken", "language": "quechua"},
    "contact": {"email": "pat@gmial.com", "phone": "2125550199", "how": "call"},
    "times": {"days": ["1-am", "5-pm"], "earliest": "2027-03-09"},
}
WRONG = [
    ("you", {}),
    ("you", {"asker": "minor", "name": "Kim Sample"}),
    ("you", {"asker": "parent", "name": "x" * 300}),
    ("child", {}),
    ("child", {"name": "Kim Sample", "born_month": "4"}),
    ("child", {"name": "Kim Sample", "born_month": "2", "born_day": "30", "born_year": "2018"}),
    ("child", {"name": "Kim Sample", "born_month": "2", "born_day": "3", "born_year": "1990"}),
    ("visit", {}),
    ("visit", {"visit": "new", "mode": "virtual", "interpreter": "spoken"}),
    ("visit", WAY["visit"] | {"state": "TX"}),
    ("contact", {"phone": "12", "email": "pat", "how": "call"}),
    ("contact", {"how": "call"}),
    ("times", {"earliest": "2020-01-01"}),
]


@pytest.fixture
def monday(db, time_machine):
    """A Tuesday morning in New York, and a department that meets families by video too."""
    time_machine.move_to("2027-03-02 15:00Z", tick=False)
    factories.department("centro", name="Centro", virtual=True, licensed_states="NY", phone="212 555 0142")
    return time_machine


def walk(client, steps):
    """Answers these steps; returns the last page that comes of it."""
    for step in steps:
        page = client.post(f"/es/appointments/request/{step}/", WAY[step] | {"message": "no"}, follow=True)
    return page


@pytest.mark.django_db
def test_way_to_a_request_is_spanish(client, monday):
    pages = [walk(client, [step]) for step in WAY]
    asked_first = re.findall(r'name="interpreter" value="(\w+)"([^>]*)', pages[1].content.decode())
    monday.shift(60)
    pages.append(client.post("/es/appointments/request/check/", follow=True))

    assert [value for value, attributes in asked_first if "checked" in attributes] == ["es"]
    assert [page.context["request"].path.split("/")[-2] for page in pages] == [
        "child",
        "visit",
        "contact",
        "times",
        "check",
        "done",
    ]
    assert [out_of_place(page) for page in pages] == [([], [])] * 6


@pytest.mark.parametrize(("step", "answers"), WRONG)
@pytest.mark.django_db
def test_complaints_are_spanish(client, monday, step, answers):
    steps = list(WAY)
    client.get("/es/appointments/")
    for before in steps[: steps.index(step)]:
        walk(client, [before])

    page = client.post(f"/es/appointments/request/{step}/", answers, follow=True)

    assert out_of_place(page) == ([], [])


def test_states_stand_in_the_order_of_their_spanish_names():
    with override("es"):
        names = [str(name) for _code, name in Visit().fields["state"].choices]

    assert names[1:-1] == sorted(names[1:-1])
    assert names[6:8] == ["Carolina del Norte", "Carolina del Sur"]


def test_hour_is_said_in_the_singular_at_one():
    with override("es"):
        said = [time_text.full(datetime(2027, 3, 9, hour, tzinfo=UTC), "America/New_York") for hour in (17, 18, 19)]

    assert said == [
        "martes 9 de marzo de 2027 a las 12:00\u00a0del\u00a0mediodía hora del Este (Nueva York)",
        "martes 9 de marzo de 2027 a la 1:00\u00a0p.\u00a0m. hora del Este (Nueva York)",
        "martes 9 de marzo de 2027 a las 2:00\u00a0p.\u00a0m. hora del Este (Nueva York)",
    ]


@pytest.fixture
def asked(monday):
    """A request in Spanish whose language is Spanish, and the coordinator who works on it."""
    row = factories.request(site_language="es", child_born="2018-04-03")
    return row, factories.coordinator("cora", row.department)


def offer(row, cora):
    """One time with a clinician on the main campus and one by video, both in a week."""
    clinician = factories.clinician("ben-example")
    at = datetime(2027, 3, 9, 18, 0, tzinfo=UTC)
    slots = [
        Slot(clinician, at, at + timedelta(minutes=45), "America/New_York", factories.location("centro", name="Centro")),
        Slot(clinician, at + HOUR, at + HOUR * 2, "America/New_York", video_link="https://example.org/v"),
    ]
    actions.offer(request=row, by=cora, slots=slots)
    return row.times.first()


def freed_hour(row, cora):
    """A day before the offered times; another family gave it back."""
    other = factories.request("c" * 64, department=row.department, email="lou@example.org", phone="", child_name="Lou")
    at = datetime(2027, 3, 8, 18, 0, tzinfo=UTC)
    offered = row.times.first()
    other.department.clinicians.add(offered.clinician)
    slot = Slot(offered.clinician, at, at + timedelta(minutes=45), "America/New_York", offered.location)
    actions.confirm_by_phone(request=other, by=cora, slot=slot)
    actions.withdraw(request=other)
    return other.times.get()


def test_private_page_is_spanish_from_first_to_last(client, asked):
    row, cora = asked
    tried = "Le llamamos y no logramos comunicarnos con usted."
    private = f"/es/appointments/r/{row.link}/"
    pages = [client.get(private), client.post(f"{private}unlock/", {"born_year": "2018"})]
    pages.append(client.post(f"{private}unlock/", {"born_month": "4", "born_day": "3", "born_year": "2018"}, follow=True))
    pages += [client.get(f"{private}{act}/") for act in ("words", "contact", "withdraw")]
    pages += [client.post(f"{private}{act}/", {}) for act in ("words", "contact")]
    wednesday = datetime(2027, 3, 3, 14, tzinfo=UTC)
    actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer", next_try_at=wednesday)
    actions.ask_question(request=row, by=cora, words="¿Duele?")
    time = offer(row, cora)
    pages += [client.get(f"{private}{act}") for act in ("", "other/", f"accept/?time={time.pk}")]
    version = Request.objects.get().version
    pages.append(client.post(f"{private}accept/", {"time": time.pk, "seen": version}, follow=True))
    pages.append(client.post(f"{private}withdraw/", {"seen": version + 1}, follow=True))

    assert [out_of_place(page) for page in pages] == [([], [])] * len(pages)
    assert ("es", f"{tried} Lo intentaremos otra vez el miércoles por la mañana.") in words_of(pages[-1])


def test_messages_are_spanish(asked):
    row, cora = asked
    actions.record_attempt(request=row, by=cora, channel="email", outcome="wrong-number")
    actions.ask_question(request=row, by=cora, words="¿Duele?")
    actions.accept(request=row, time=offer(row, cora))
    actions.wish_earlier(request=row, by=cora, notice_days=3)
    actions.offer_earlier(request=row, by=cora, freed=freed_hour(row, cora))
    actions.cancel_visit(request=row, by=cora, for_family=True)
    actions.change_contact(request=row, fields={"email": "otra@example.org", "phone": row.phone, "contact": {}})
    actions.send_link_again(reference=row.reference, email=row.email)
    actions.withdraw(request=row)

    posted = Message.objects.filter(language="es")
    lines = [line for message in posted for part in preview(message)[:2] for line in part.splitlines()]

    assert {message.kind for message in posted} == {*KINDS} - {*TO_STAFF, "changed"}
    assert [line for line in lines if line in DIFFERENT or ENGLISH_WORDS.search(line)] == []


def test_copy_for_a_spanish_family_is_spanish(asked):
    row, cora = asked
    Department.objects.update(translations={"es": {"name": "Reumatología"}})
    row.interpreter, row.condition = "es", factories.condition("crmo")
    row.save()
    ConditionName.objects.create(condition=row.condition, language="es", kind="preferred", text="Huesos inflamados")
    actions.record_attempt(request=row, by=cora, channel="call", outcome="no-answer")
    actions.accept(request=row, time=offer(row, cora))

    copy = copy_of(Request.objects.get(), by=factories.administrator())

    labels = {line.partition(":")[0] for line in copy.splitlines()}
    assert labels & {each.capitalize() for each in DIFFERENT} == set()
    assert labels & {name.capitalize() for name, each in MESSAGES.items() if not each.msgstr} == set()
    assert "America/" not in copy
    for line in ["Departamento: Reumatología", "Intérprete: Sí, en español", "Enfermedad: Huesos inflamados"]:
        assert f"{line}\n" in copy


MADE_UP = "qaa"  # reserved for private use by ISO 639-2
ADDED = [("ht", "Haitian Creole"), (MADE_UP, "Made up")]


def add_words(folder, code):
    """A catalog in which every text for families stands in Arabic letters before the English one."""
    book = polib.POFile()
    book.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=1; plural=0;"}
    book.append(polib.POEntry(msgid="Haitian Creole", msgstr="Kreyòl ayisyen"))
    book.append(polib.POEntry(msgid="Made up", msgstr="مختلق"))
    for each in MESSAGES.values():
        if each.msgid_plural:
            words = {"msgid_plural": each.msgid_plural, "msgstr_plural": {0: f"كلمات {each.msgid_plural}"}}
        else:
            words = {"msgstr": f"كلمات {each.msgid}"}
        if each.translated():
            book.append(polib.POEntry(msgid=each.msgid, msgctxt=each.msgctxt, **words))
    (folder / code / "LC_MESSAGES").mkdir(parents=True)
    book.save_as_mofile(str(folder / code / "LC_MESSAGES" / "django.mo"))


NUMBER_ALONE = re.compile("(?<!<bdi>)(?<!\u2066)212[ \u00a0]555")


@pytest.fixture
def more_languages(settings, tmp_path):
    """The site in two more: one that Django does not know, and one that runs from right to left."""
    for code, _name in ADDED:
        add_words(tmp_path, code)
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, tmp_path]
    settings.LANGUAGES_BIDI = [*settings.LANGUAGES_BIDI, MADE_UP]
    settings.LANGUAGES = [*settings.LANGUAGES, *ADDED]
    clear_url_caches()
    yield
    clear_url_caches()


@pytest.mark.parametrize("code", [code for code, _name in ADDED])
def test_one_more_language_is_a_line_a_catalog_and_content(client, settings, more_languages, site, asked, admin_user, code):
    row, cora = asked
    Request.objects.update(site_language=code)
    department = Department.objects.get(slug="rheumatology")
    department.translations = {code: {"name": "قسم", "what_to_bring": "بطاقة"}}
    department.save()
    text = factories.draft(Condition.objects.get(slug="crmo"), code, emergency="كلمة", call_today="كلمة")
    own = f"/{code}/"

    answers = {
        address: client.get(address)
        for address in [*(page.replace("/es/", own) for page in PAGES), f"{own}news/feed/", "/sitemap.xml", "/es/", "/"]
    }
    pages = [client.post(f"{own}appointments/request/{step}/", WAY[step] | {"message": "no"}, follow=True) for step in WAY]
    private = f"{own}appointments/r/{Request.objects.get().link}/"
    pages.append(client.post(f"{private}unlock/", {"born_month": "4", "born_day": "3", "born_year": "2018"}, follow=True))
    actions.accept(request=row, time=offer(row, cora))
    mails = [part for message in Message.objects.filter(language=code) for part in preview(message)[:2]]
    client.force_login(admin_user)
    staff = [reverse("admin:index"), reverse("admin:conditions_edition_change", args=[text.pk])]
    staff += [reverse("admin:directory_department_change", args=[department.pk])]
    boxes = client.get(staff[2])

    missing = [address for address, page in answers.items() if page.status_code not in {200, 302}]  # as they are in English
    assert [(a, answers[a].status_code) for a in missing if client.get(a.replace(own, "/", 1)).status_code != 404] == []
    assert [page.context["request"].path.split("/")[-2] for page in pages[:-1]] == [*list(WAY)[1:], "check"]
    assert {page.status_code for page in [*pages, *map(client.get, staff)]} == {200}
    assert mails
    assert all("كلمات" in part for part in mails)
    assert ("en", "Lupus of the skin") in words_of(answers[f"{own}conditions/lupus/"])
    assert (code, "قسم") in words_of(answers[f"{own}departments/"])
    assert "قسم" in boxes.content.decode()
    direction = "rtl" if code == MADE_UP else "ltr"
    home = answers[own].content.decode()
    assert f'<html lang="{code}" dir="{direction}">' in home
    loose = [address for address, page in answers.items() if address.startswith(own) and NUMBER_ALONE.search(body(page))]
    assert loose == []
    assert re.search(r"</a> · <a [^>]*>Kreyòl ayisyen</a>", answers["/"].content.decode())
    assert languages_have_words() == []
    settings.LANGUAGES = [*settings.LANGUAGES, ("zz", "Without words")]
    assert [error.id for error in languages_have_words()] == ["portal.E002"]
