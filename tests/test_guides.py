"""Guides and notices: read, found, kept in files, and what reminds the hospital of its duties."""

from datetime import date

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from foundation.search.models import Entry
from guides.models import Guide, GuideText, Notice
from tests import factories
from tests.admin_forms import filled
from tests.reading import headings, text

pytestmark = pytest.mark.django_db
TODAY = "2026-11-30 15:00Z"


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(TODAY, tick=False)


# --- guides -----------------------------------------------------------------------------------------------------------
def test_guide_is_read_in_its_languages_and_marked_where_it_has_none(client):
    factories.guide("both", "en", "es")
    factories.guide("english")

    own, other = client.get("/es/guides/both/"), client.get("/es/guides/english/").content.decode()

    assert headings(own)[0] == "Guide both es"
    assert '<article lang="en">' in other
    assert '<link rel="canonical" href="http://testserver/guides/english/">' in other
    assert headings(client.get("/es/guides/"))[1:3] == ["Guide both es", "Guide english en"]


def test_draft_of_a_guide_is_nowhere(client):
    factories.guide("secret", status="draft")
    factories.guide("late", publish_at=factories.LONG_AGO.replace(year=2099))

    pages = [
        client.get(address).content.decode() for address in ("/guides/", "/", "/sitemap.xml", "/search/?q=in+short+secret")
    ]

    assert [page for page in pages if "guides/secret" in page or "guides/late" in page] == []
    assert client.get("/guides/secret/").status_code == 404


@pytest.mark.databases
def test_guide_is_found_by_words_that_are_not_shown(client):
    row = factories.guide("getting-here", "en", "es")
    for language, names in (("en", "parking\nsubway stop"), ("es", "estacionamiento")):
        own = row.texts.get(language=language)
        own.names = names
        own.save()

    found = [client.get(address).content.decode() for address in ("/search/?q=subway+stop", "/es/search/?q=estacionamiento")]

    assert 'href="/guides/getting-here/"' in found[0]
    assert 'href="/es/guides/getting-here/"' in found[1]
    assert "subway" not in client.get("/guides/getting-here/").content.decode()


FACTS = [
    ("places", ["100 Example Avenue", "Take the elevator."]),
    ("access", ["A ramp leads to the door."]),
    ("phones", ["212 555 0177", "9 am to noon"]),
    ("video", ["Bones", "New Jersey, New York"]),
    ("bring", ["Your card"]),
]


@pytest.mark.parametrize(("shows", "told"), FACTS)
def test_facts_of_the_directory_are_shown_with_the_guide(client, shows, told):
    place = factories.location(
        street="100 Example Avenue", directions="Take the elevator.", accessibility="A ramp leads to the door."
    )
    fields = {"phone": "212 555 0177", "what_to_bring": "Your card", "virtual": True, "licensed_states": "NY, NJ"}
    department = factories.department("bones", **fields)
    department.locations.add(place)
    department.hours.create(weekday=1, opens="09:00", closes="12:00")
    factories.guide("visit", shows=shows)

    said = text(client.get("/guides/visit/")).replace("\xa0", " ")

    assert [words for words in told if words not in said] == []


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_with_many_guides_and_departments(client, count, django_assert_num_queries):
    for number in range(count):
        factories.guide(f"guide-{number}", shows="phones")
        factories.department(f"department-{number}")

    with django_assert_num_queries(2):
        client.get("/guides/")
    with django_assert_num_queries(5):
        client.get("/guides/guide-0/")


def test_guide_is_written_and_published_in_the_admin(admin_client):
    add = reverse("admin:guides_guide_add")
    admin_client.post(add, filled(admin_client.get(add), slug="parking"))
    guide = Guide.objects.get()
    publish = reverse("admin:guides_guide_publish", args=[guide.pk])
    refused = admin_client.post(publish)
    change = reverse("admin:guides_guide_change", args=[guide.pk])
    own = {"language": "en", "title": "Parking", "summary": "Here.", "text": "<p>There.</p>", "names": "garage", "id": ""}
    text_of_it = {f"texts-0-{name}": value for name, value in own.items()} | {
        "texts-TOTAL_FORMS": 1,
        "texts-0-guide": guide.pk,
    }
    admin_client.post(change, filled(admin_client.get(change)) | text_of_it)
    admin_client.post(change, filled(admin_client.get(change), **{"texts-0-summary": "Below."}))

    admin_client.post(publish)

    assert "Write a text in one language first." in refused.text
    history = admin_client.get(reverse("admin:guides_guide_history", args=[guide.pk])).text
    assert "text of a guide “Parking”, first sentence: “Here.” → “Below.”" in history
    assert admin_client.get("/guides/parking/").status_code == 200
    assert '<th class="field-__str__">' in admin_client.get(reverse("admin:guides_guide_changelist")).text


# --- notices ----------------------------------------------------------------------------------------------------------
def test_newest_notice_that_is_in_force_counts_and_the_earlier_stay(client):
    for day, words in (
        (date(2025, 1, 1), "old"),
        (date(2026, 11, 30), "today"),
        (date(2026, 12, 1), "tomorrow"),
        (None, "draft"),
    ):
        factories.notice(effective_on=day, title=f"Notice of {words}", text=f"<p>Words of {words}.</p>")

    english, spanish = client.get("/notices/privacy/"), client.get("/es/notices/privacy/").content.decode()

    assert headings(english)[0] == "Notice of today"
    assert '<article lang="en">' in spanish
    assert Notice.objects.count() == 4
    found = client.get("/search/?q=notice").content.decode()
    assert ("Notice of today" in found, "Notice of tomorrow" in found, "Notice of old" in found) == (True, False, False)


def test_notice_elsewhere_leads_there_and_a_missing_one_to_the_phone(client):
    factories.notice("price-transparency", text="", address="https://hospital.example/prices")

    missing = client.get("/notices/privacy/")

    assert client.get("/notices/price-transparency/")["Location"] == "https://hospital.example/prices"
    assert (missing.status_code, client.get("/notices/nowhere/").status_code) == (404, 404)
    assert "This page is being written. Call 212 555 0142" in text(missing)


def test_addresses_that_people_type_lead_to_the_right_page(client):
    factories.guide("about")
    typed = ["/privacy/", "/es/accessibility/", "/about/", "/contact/", "/notices/language-help/"]

    led = [client.get(address)["Location"] for address in typed]

    assert led == ["/notices/privacy/", "/es/notices/accessibility/", "/guides/about/", "/departments/", "/language-help/"]


def test_language_help_stands_in_every_language_with_its_direction(client):
    for language, title in (
        ("en", "English"),
        ("es", "Español"),
        ("ar", "العربية"),
        ("pa-Arab", "پنجابی"),
        ("zh-Hans", "中文"),
    ):
        factories.notice("language-help", language, title=title)

    page = client.get("/es/language-help/")

    assert headings(page)[1:] == ["Español", "English", "العربية", "پنجابی", "中文"]
    for language, direction in (("ar", "rtl"), ("pa-Arab", "rtl"), ("zh-Hans", "ltr")):
        assert f'lang="{language}" dir="{direction}"' in page.content.decode()


PRICES = "location-name: A\nsource-page-url: https://a.example/\nmrf-url: https://a.example/f.csv\ncontact-name: B\ncontact-email: b@a.example"


def test_price_file_is_told_to_machines(client):
    before = client.get("/cms-hpt.txt").status_code
    factories.notice("price-transparency", price_file=PRICES)

    after = client.get("/cms-hpt.txt")

    assert before == 404
    assert (after.content.decode(), after["Content-Type"]) == (f"{PRICES}\n", "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"price_file": PRICES.replace("mrf-url", "file")}, "Write five lines for each hospital"),
        ({"price_file": PRICES, "kind": "privacy"}, "belongs to the English notice on price transparency"),
        ({"text": ""}, "Write a text, or the address"),
        ({"next_review": ""}, "Say when it is to be reviewed next"),
        ({"language": "spanish"}, "Write a code like es"),
    ],
)
def test_notice_that_cannot_be_is_refused_in_words(admin_client, changes, told):
    add = reverse("admin:guides_notice_add")
    own = {"kind": "price-transparency", "title": "Prices", "text": "<p>Here.</p>", "effective_on": "2026-03-01"}

    page = admin_client.post(add, filled(admin_client.get(add), **own | {"next_review": "2027-03-01"} | changes))

    assert told in page.text
    assert Notice.objects.count() == 0


def test_nobody_deletes_a_notice_and_staff_are_reminded_of_its_review(admin_client):
    row = factories.notice(next_review=date(2026, 12, 24), title="How we keep secrets")
    factories.notice("accessibility", title="Far off")

    page = admin_client.get(reverse("admin:index")).text

    assert admin_client.post(reverse("admin:guides_notice_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert "How we keep secrets (en)" in page
    assert "Far off" not in page
    assert "How we keep secrets" in admin_client.get(reverse("admin:guides_notice_changelist") + "?state=due").text


def test_footer_names_what_the_hospital_owes_and_not_what_it_does_not(client, settings):
    settings.NOT_NEEDED = {"surprise-billing": "another site has it"}

    page = client.get("/nowhere/").content.decode()

    assert 'href="/notices/price-transparency/">Price Transparency</a>' in page
    assert "surprise-billing" not in page


# --- content files ----------------------------------------------------------------------------------------------------
FILE = """\
shows: places
texts:
  - {language: en, title: Parking, summary: Here., names: [garage], text: There.}
  - {language: es, title: Estacionar, summary: Acá., text: Allá.}
"""
NOTICE = """\
versions:
  - {language: en, title: Fair, text: Old., effective_on: 2025-01-01, next_review: 2026-01-01}
  - {language: en, title: Fair, text: New., effective_on: 2026-01-01, next_review: 2027-01-01}
"""


def load(folder, **files):
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    call_command("import_content", folder, publish=True, reviewer="ana-example", verbosity=0)


def test_files_go_in_and_come_out_and_a_text_that_stays_keeps_its_row(tmp_path):
    factories.clinician()
    load(tmp_path / "in", guides__parking=FILE, notices__nondiscrimination=NOTICE)
    english = GuideText.objects.get(language="en").pk
    load(tmp_path / "in", guides__parking=FILE[: FILE.index("  - {language: es")].replace("Here.", "Below."))

    call_command("export_content", tmp_path / "out", verbosity=0)

    assert list(GuideText.objects.values_list("pk", "summary")) == [(english, "Below.")]
    assert list(Entry.objects.filter(kind="guide").values_list("object_id", flat=True)) == [english]
    assert "effective_on: 2025-01-01" in (tmp_path / "out/notices/nondiscrimination.yaml").read_text(encoding="utf-8")
    assert Guide.objects.get().is_published


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"guides__parking": FILE.replace("language: es", "language: en")}, "a text with the same language is here already"),
        ({"notices__secrets": NOTICE}, "its name must be a kind of notice"),
        ({"notices__privacy": NOTICE.replace("2025-01-01", "2026-01-01")}, "with the same language and effective_on"),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path, capsys, files, told):
    factories.clinician()
    with pytest.raises(CommandError):
        load(tmp_path, **files)

    assert told in capsys.readouterr().err


# --- check --deploy ---------------------------------------------------------------------------------------------------
def reminders():
    found = run_checks(include_deployment_checks=True, databases=["default"])
    return {(message.id.removeprefix("guides."), message.msg) for message in found if message.id.startswith("guides.")}


def told():
    return sorted(code for code, _words in reminders())


def test_check_names_every_duty_that_is_not_met(settings):
    settings.LEFT_AT_DEFAULT = ["AGE_OF_MAJORITY", "RETENTION_DAYS"]

    assert told() == ["W001"] * len(Notice.Kind) + ["W004", "W005", "W006"]


def test_check_is_silent_where_every_duty_is_met_or_not_needed(settings):
    settings.LEFT_AT_DEFAULT = []
    settings.NOT_NEEDED = {kind: "no" for kind in Notice.Kind.values if kind not in {"privacy", "language-help"}}
    factories.notice("privacy")
    languages = ["en", "es", "ar", "zh-Hans", "ko", "ru", "fr", "ht", "bn", "ur", "yi", "pl", "it", "tl", "vi"]
    for language in languages:
        factories.notice("language-help", language)

    few, settings.NOT_NEEDED = told(), settings.NOT_NEEDED | {"languages": "one county, asked our counsel"}

    assert (few, told()) == (["W004"], [])
    factories.notice("language-help", "pt")
    del settings.NOT_NEEDED["languages"]
    assert told() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"next_review": date(2026, 11, 29)}, "W002"),
        ({"effective_on": date(2026, 2, 15)}, "W003"),
        ({"is_sample": True}, "E001"),
    ],
)
def test_check_finds_what_is_wrong_with_a_notice_unless_it_is_not_needed(settings, fields, code):
    settings.LEFT_AT_DEFAULT = []
    settings.NOT_NEEDED = dict.fromkeys([*Notice.Kind.values, "languages", "nonsense"], "no")
    factories.notice("privacy", **fields)

    silent = told()
    del settings.NOT_NEEDED["privacy"]

    assert (silent, told()) == (["W007"], sorted([code, "W007"]))


def test_check_before_the_first_migration_says_when_to_ask_again(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE guides_notice RENAME TO elsewhere")

    assert "I001" in told()
