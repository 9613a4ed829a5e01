"""Moving in by CSV, looked at before it is done; and all content out as one file."""

import io
from datetime import date, timedelta
from hashlib import sha256
from zipfile import ZipFile

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from directory.models import Clinician, Department
from foundation.audit.models import Record
from news.models import NewsItem
from portal.transfer.content_files import Invalid
from portal.transfer.content_import import load
from portal.transfer.csv_import import SHEETS, SiteChanged, carry_out, make_plan, read_rows
from tests import factories
from tests.admin_forms import told

pytestmark = pytest.mark.django_db
DEPARTMENTS = "kind,name,summary,phone\ndepartment,Bones,We look after bones.,212 555 0101\n"
KIND = reverse("admin:moving_kind", args=["departments"])


def looked(content, kind="departments"):
    return make_plan(SHEETS[kind], content.encode())


def done(content, kind="departments"):
    found = looked(content, kind)
    assert not [row.faults for row in found.rows if row.faults]
    return carry_out(SHEETS[kind], content.encode(), by="test", digest=found.digest)


def faults(content, kind="departments"):
    return [sentence for row in looked(content, kind).rows for sentence in row.faults]


def upload(client, content, address=KIND):
    file = SimpleUploadedFile("rows.csv", content if isinstance(content, bytes) else content.encode())
    return client.post(address, {"file": file})


def mover(*extra):
    return factories.staff("mona", "add_department", "change_department", "view_department", *extra)


LOST = "Words that were struck out or deleted were left out: “50” (at “Give 5 mg”)"


def test_what_a_long_text_loses_is_told_and_the_row_is_taken(admin_client):
    content = DEPARTMENTS.replace("phone\n", "phone,text\n").replace("0101\n", "0101,Give ~~50~~5 mg\n")

    (row,) = looked(content).rows
    page = upload(admin_client, content).content.decode()

    assert (row.losses, row.faults) == ([f"text: {LOST}"], [])
    assert LOST in page


def test_what_a_content_file_loses_is_told_with_its_line(tmp_path):
    (tmp_path / "departments").mkdir()
    words = "kind: service\nname: Scans\nsummary: In short.\nphone: 212 555 0100\ntext: Give <del>50</del>5 mg\n"
    (tmp_path / "departments/scans.yaml").write_text(words, encoding="utf-8")

    result = load(tmp_path)

    assert [str(loss) for loss in result.losses] == [f"departments/scans.yaml, line 5: {LOST}"]
    assert (result.faults, Department.objects.get().text) == ([], "<p>Give 5 mg</p>")


def test_looking_changes_nothing_and_tells_everything():
    factories.department("bones", name="Bones", phone="1")
    factories.department("same", name="Same")

    found = looked(
        "slug,kind,name,summary,phone\nbones,,,,212 555 0101\n,center,New Center,In short.,212 555 0102\nsame,,Same,,\n"
    )

    assert [(row.number, row.name, row.state) for row in found.rows] == [
        (2, "bones", "changed"),
        (3, "New Center", "new"),
        (4, "Same", "unchanged"),
    ]
    assert found.rows[0].changes == [("phone", "1", "212 555 0101")]
    assert ("kind", "", "center") in found.rows[1].changes
    assert sorted(Department.objects.values_list("slug", "phone")) == [("bones", "1"), ("same", "212 555 0101")]
    assert not Record.objects.exists()


def test_doing_does_all_of_it_with_a_record_for_each_row():
    factories.location("main-campus")

    done(
        "name,kind,summary,phone,text,locations,virtual,minutes_new,answers_within\n"
        'Bones,service,In short.,212 555 0101,"One **strong** word.\n\nTwo.",main-campus,yes,45,8\n'
    )

    row = Department.objects.get(slug="bones")
    assert (row.kind, row.text) == ("service", "<p>One <strong>strong</strong> word.</p><p>Two.</p>")
    assert [place.slug for place in row.locations.all()] == ["main-campus"]
    assert (row.virtual, row.in_person, row.minutes_new, row.answers_within) == (True, True, 45, 8)
    record = Record.objects.get()
    assert (record.actor, record.verb, record.kind, record.label) == ("test", "imported", "directory.department", "Bones")


def test_doing_it_again_changes_nothing():
    done(DEPARTMENTS)

    found = looked(DEPARTMENTS)

    assert [row.state for row in found.rows] == ["unchanged"]
    assert not found.works


def test_empty_cell_leaves_and_hyphen_empties():
    place = factories.location()
    row = factories.department("bones", email="bones@example.org", text="<p>Long.</p>", inbox="in@example.org")
    row.locations.set([place])

    done("slug,email,text,locations,inbox\nbones,-,-,-,\n")

    row.refresh_from_db()
    assert (row.email, row.text, row.inbox, row.locations.count()) == ("", "", "in@example.org", 0)


def test_fields_without_a_column_stay():
    row = factories.department("bones", what_to_bring="A letter", order=7)

    done("slug,phone\nbones,555 0105\n")

    row.refresh_from_db()
    assert (row.phone, row.what_to_bring, row.order) == ("555 0105", "A letter", 7)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,kind\nBones,departmant\n", "kind: write one of: department, service, center"),
        ("name,virtual\nBones,perhaps\n", "virtual: write yes or no"),
        ("name,order\nBones,1.5\n", "order: write a whole number"),
        ("name,email\nBones,nowhere\n", "email: Enter an email address in the correct format, like name@example.com"),
        ("name,locations\nBones,nowhere\n", "locations: “nowhere” is no address of a location"),
        ("name,summary\nBones,-\n", "summary: This field cannot be blank."),
        ("name,slug\nBones,två ord\n", "slug: Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
        ("slug,name\n,!!!\n", "Give a slug, or name to make it from."),
        ("slug,phone\nfirst,1\nfirst,2\n", "The slug “first” is that of row 2 as well."),
        ("slug,phone\nearlier,1\n", "“earlier” was renamed. Use its slug of today: first."),
        ("slug,name\nsecond,First\n", "name: Department, service or center with this Name already exists."),
        ("slug,phone\nfirst,1,2\n", "It has a cell under no heading: “2”."),
    ],
)
def test_fault_is_named_and_nothing_is_done(content, sentence):
    row = factories.department("earlier", name="First")
    row.slug = "first"
    row.save()

    found = looked(content)

    assert sentence in [each for row in found.rows for each in row.faults]
    assert not found.works
    with pytest.raises(SiteChanged):
        carry_out(SHEETS["departments"], content.encode(), by="test", digest=found.digest)
    assert Department.objects.count() == 1


def test_one_fault_holds_back_every_row():
    content = DEPARTMENTS + "wrong,Other,In short.,1\n"
    found = looked(content)

    with pytest.raises(SiteChanged):
        carry_out(SHEETS["departments"], content.encode(), by="test", digest=found.digest)

    assert [row.state for row in found.rows] == ["new", "fault"]
    assert not Department.objects.exists()


def test_change_of_the_site_meanwhile_is_refused():
    row = factories.department("bones", phone="555 0101")
    content = "slug,phone\nbones,555 0103\n"
    found = looked(content)
    row.phone = "555 0102"
    row.save()

    with pytest.raises(SiteChanged):
        carry_out(SHEETS["departments"], content.encode(), by="test", digest=found.digest)

    row.refresh_from_db()
    assert row.phone == "555 0102"


def many(count, twice=""):
    rows = [f"row-{number},service,Name {number},In short.,212 555 0142" for number in range(count)]
    return "slug,kind,name,summary,phone\n" + "\n".join([*rows, *([twice] if twice else [])]) + "\n"


def test_long_file_is_done_in_turns_with_a_record_for_each_row():
    done(many(60))  # a turn does fifty

    assert Department.objects.count() == 60
    assert Record.objects.filter(verb="imported").count() == 60
    assert looked(many(60)).count("unchanged") == 60


def test_what_two_turns_cannot_both_have_ends_the_second_and_says_how_far_it_came():
    content = many(60, "another,service,Name 3,In short.,212 555 0142").encode()
    found = make_plan(SHEETS["departments"], content)

    with pytest.raises(SiteChanged) as stopped:
        carry_out(SHEETS["departments"], content, by="test", digest=found.digest)

    assert (found.works, stopped.value.done, Department.objects.count()) == (True, 50, 50)
    assert Record.objects.filter(verb="imported").count() == 50
    assert [row.state for row in make_plan(SHEETS["departments"], content).rows][49:52] == ["unchanged", "new", "new"]


def test_fault_in_a_later_turn_is_found_before_anything_is_done():
    content = many(60, "another,servise,Other,In short.,1").encode()
    found = make_plan(SHEETS["departments"], content)

    with pytest.raises(SiteChanged) as stopped:
        carry_out(SHEETS["departments"], content, by="test", digest=found.digest)

    assert (stopped.value.done, Department.objects.exists()) == (0, False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_file_of_any_program_is_read(encoding, delimiter):
    rows = [["Slug", "Name ", "summary"], ["bones", "Knochen für Müller", '"First, second; third\r\nline ""four"""']]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)

    lines = read_rows(content, ["slug", "name", "summary"])

    assert [line.cells for line in lines] == [
        {"slug": "bones", "name": "Knochen für Müller", "summary": 'First, second; third\nline "four"', "": ""}
    ]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;,,"])
def test_first_line_of_excel_names_the_sign_that_parts_cells(first):
    lines = read_rows(f"{first}\r\nslug;summary\r\nbones;a, b, c\r\n".encode(), ["slug", "summary"])

    assert [(line.number, line.cells) for line in lines] == [(2, {"slug": "bones", "summary": "a, b, c", "": ""})]


@pytest.mark.parametrize("words", ["Café Müller", "niños", "corazón", "José and Chloé", "Hämatologie"])
@pytest.mark.parametrize("encoding", ["mac-roman", "cp850"])
def test_letters_of_another_age_are_never_taken_for_others(encoding, words):
    with pytest.raises(Invalid, match="CSV UTF-8"):
        read_rows(f"slug\n{words}\n".encode(encoding), ["slug"])


@pytest.mark.parametrize("words", ["Café “Müller” – 9–5", "It’s 20 € a day…", "Señora O’Brien 37°", "À bientôt"])
def test_letters_of_windows_are_read(words):
    assert read_rows(f"slug\n{words}\n".encode("windows-1252"), ["slug"])[0].cells["slug"] == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no row below"),
        (b"slug,name\n", "no row below"),
        (b"slug,name\n,\n\n", "no row below"),
        (b"slug,naem\nx,y\n", "“naem” is not one of: slug, name"),
        (b"slug,slug\nx,y\n", "“slug” stands there twice"),
        (b'slug,name\nx,"y\n', "quotation mark"),
        (b"PK\x03\x04\x00\x00", "no CSV file"),
        (b"slug\n\x81\n", "cannot be read"),
        (b"slug\n" + b"x" * 1_000_000, "larger than 1 MB"),
        (b"slug\n" + b"x\n" * 2_001, "more than 2000 rows"),
    ],
)
def test_file_that_cannot_be_taken_says_why(content, words):
    with pytest.raises(Invalid, match=words):
        read_rows(content, ["slug", "name"])


def test_rows_are_numbered_as_a_spreadsheet_does():
    lines = read_rows(b'slug,name\na,"one\ntwo"\n\nb,three\n', ["slug", "name"])

    assert [line.number for line in lines] == [2, 4]


def test_clinicians_come_with_their_departments():
    factories.department("bones")
    factories.department("joints")

    done("name,credentials,role,departments\nKim Sample,MD,Doctor,joints bones\n", "clinicians")

    row = Clinician.objects.get(slug="kim-sample")
    assert sorted(each.slug for each in row.departments.all()) == ["bones", "joints"]
    assert row.user is None


def test_news_comes_as_a_draft_with_its_source_and_day(client):
    factories.live("crmo")

    done(
        "title,source_name,source_url,source_date,summary,conditions\n"
        "A hospital that listens,Gazette,https://gazette.example.org/a,3/9/2026,In short.,crmo\n"
        "Second,Gazette,https://gazette.example.org/b,2026-03-10,In short.,\n",
        "news",
    )

    row = NewsItem.objects.get(slug="a-hospital-that-listens")
    assert (row.kind, row.status, row.source_date, row.publish_at) == ("coverage", "draft", date(2026, 3, 9), None)
    assert [each.slug for each in row.conditions.all()] == ["crmo"]
    assert NewsItem.objects.get(slug="second").source_date == date(2026, 3, 10)
    assert client.get("/news/a-hospital-that-listens/").status_code == 404


def test_news_file_leaves_our_own_articles_alone():
    factories.news("evening")
    factories.news(
        "theirs", kind="coverage", text="", source_name="Gazette", source_url="https://example.org/", status="draft"
    )

    assert faults("slug,title\nevening,Mine now\n", "news") == ["This address belongs to an article of our own."]
    assert faults("slug,source_date\ntheirs,tomorrow\n", "news") == ["source_date: write the day like 2026-03-09 or 3/9/2026"]


def test_formula_is_only_text(client):
    done('name,kind,summary,phone\n"=HYPERLINK(""https://evil.example"")",service,@SUM(1),+1 212 555 0101\n')
    row = Department.objects.get()
    client.force_login(mover())

    page = upload(client, f"slug,summary\n{row.slug},<script>alert(1)</script>\n").content.decode()

    assert (row.name, row.summary, row.phone) == ('=HYPERLINK("https://evil.example")', "@SUM(1)", "+1 212 555 0101")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_page_shows_first_and_does_then(client):
    client.force_login(mover())

    page = upload(client, DEPARTMENTS)
    before = Department.objects.count()
    after = client.post(KIND, {"kept": page.context["kept"]}, follow=True)

    assert before == 0
    assert page.context["plan"].count("new") == 1
    assert told(after) == ["Imported: 1 new, 0 changed."]
    assert Department.objects.get().phone == "212 555 0101"
    assert Record.objects.get(verb="imported").actor == "mona"


def test_page_refuses_when_something_changed_meanwhile_and_shows_it(client):
    row = factories.department("bones", phone="555 0101")
    client.force_login(mover())
    page = upload(client, "slug,phone\nbones,555 0103\n")
    row.phone = "555 0102"
    row.save()

    after = client.post(KIND, {"kept": page.context["kept"]})
    row.refresh_from_db()
    unchanged = row.phone
    client.post(KIND, {"kept": after.context["kept"]})

    row.refresh_from_db()
    assert unchanged == "555 0102"
    assert told(after) == ["Nothing was imported. The site was changed since you looked: look once more."]
    assert after.context["plan"].rows[0].changes == [("phone", "555 0102", "555 0103")]
    assert row.phone == "555 0103"


def test_kept_file_is_for_one_person_one_kind_and_one_hour(client):
    client.force_login(mover("add_clinician", "change_clinician"))
    with time_machine.travel(timezone.now() - timedelta(minutes=61), tick=False):
        kept = upload(client, DEPARTMENTS).context["kept"]
    late = client.post(KIND, {"kept": kept}, follow=True)
    kept = upload(client, DEPARTMENTS).context["kept"]
    elsewhere = client.post(reverse("admin:moving_kind", args=["clinicians"]), {"kept": kept}, follow=True)
    altered = client.post(KIND, {"kept": kept[:-3] + "abc"}, follow=True)
    client.force_login(factories.administrator())
    stolen = client.post(KIND, {"kept": kept}, follow=True)

    for answer in (late, elsewhere, altered, stolen):
        assert told(answer)[0].startswith("Nothing was imported.")
    assert not Department.objects.exists()


def test_page_without_a_file_or_with_a_wrong_one_says_so(client):
    client.force_login(mover())

    nothing = client.post(KIND, {})
    wrong = upload(client, b"PK\x03\x04\x00")
    large = upload(client, b"slug\n" + b"x" * 1_100_000)

    assert nothing.context["form"].errors["file"] == ["This field is required."]
    assert "no CSV file" in wrong.content.decode()
    assert "larger than 1 MB" in large.content.decode()


@pytest.mark.parametrize("permissions", [[], ["add_department"], ["change_department"], ["add_clinician", "change_clinician"]])
def test_moving_departments_in_needs_both_permissions(client, permissions):
    client.force_login(factories.staff("sam", *permissions))

    assert client.get(KIND).status_code == 403
    assert upload(client, DEPARTMENTS).status_code == 403
    assert client.get(reverse("admin:moving_template", args=["departments"])).status_code == 403
    assert KIND not in client.get(reverse("admin:moving")).content.decode()


@pytest.mark.parametrize("name", SHEETS)
def test_template_can_be_imported_as_it_is(admin_client, name):
    if name == "clinic-hours":  # of a clinician, a department and a place that are there
        factories.clinician()
        factories.department("pediatric-rheumatology")
        factories.location()
    content = admin_client.get(reverse("admin:moving_template", args=[name])).content

    found = make_plan(SHEETS[name], content)

    assert [(row.state, row.faults) for row in found.rows] == [("new", [])]


def test_command_tells_then_does(tmp_path, capsys):
    file = tmp_path / "rows.csv"
    file.write_text(DEPARTMENTS, encoding="utf-8")

    call_command("import_csv", "departments", file)
    before = Department.objects.count()
    call_command("import_csv", "departments", file, do=True)

    printed = capsys.readouterr().out
    assert before == 0
    assert "Row 2, Bones: new." in printed
    assert printed.endswith("1 new, 0 changed, 0 unchanged, 0 fault.\nDone.\n")
    assert Department.objects.count() == 1
    assert Record.objects.get().actor == "import_csv"


def test_command_names_every_fault(tmp_path, capsys):
    file = tmp_path / "rows.csv"
    file.write_text("name,order\nBones,x\nJoints,y\n", encoding="utf-8")

    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_csv", "departments", file, do=True)
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_csv", "departments", tmp_path / "none.csv")

    assert capsys.readouterr().err.count("order: write a whole number") == 2
    assert not Department.objects.exists()


def test_export_is_a_zip_that_can_be_imported(admin_client, tmp_path):
    factories.live("crmo")
    factories.story("pool")
    factories.news("evening")
    factories.request()
    page = admin_client.get(reverse("admin:export"))

    answer = admin_client.post(reverse("admin:export"))

    content = b"".join(answer.streaming_content)
    bundle = ZipFile(io.BytesIO(content))
    names = bundle.namelist()
    bundle.extractall(tmp_path)
    assert page.status_code == 200
    assert {"conditions/crmo.yaml", "stories/pool.yaml", "news/evening.yaml", "exported.sha256"} <= set(names)
    assert not any("request" in name for name in names)
    assert b"Kim Sample" not in b"".join(bundle.read(name) for name in names)
    assert answer["Content-Disposition"].startswith('attachment; filename="content-')
    assert "no-store" in answer["Cache-Control"]
    assert load(tmp_path).faults == []
    begun, ended = Record.objects.filter(kind="auth.user", verb__endswith="all content").order_by("sequence")
    assert (begun.actor, begun.verb) == ("admin", "exported all content")
    assert (ended.actor, ended.detail["files"]) == ("admin", len(names) - 1)
    assert ended.detail["sha256"] == sha256(content).hexdigest()


def test_export_needs_sight_of_everything(client):
    client.force_login(factories.staff("sam", "view_condition", "view_edition", "view_story", "view_newsitem"))

    assert client.get(reverse("admin:export")).status_code == 403
    assert client.post(reverse("admin:export")).status_code == 403
    assert not Record.objects.filter(verb="exported all content").exists()


def test_editors_of_the_role_may_export_and_move_news_in(client):
    from django.contrib.auth.models import Group

    user = factories.staff("edith")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)

    page = client.get(reverse("admin:moving")).content.decode()

    assert reverse("admin:export") in page
    assert reverse("admin:moving_kind", args=["news"]) in page
