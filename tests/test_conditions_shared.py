"""A draft shown to somebody without an account: what they see, what they may do, and how it ends."""

import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import urljoin

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from conditions import actions, preview_links
from conditions.models import Comment, EditionEvent, PreviewLink, Section
from foundation.audit.models import Record
from foundation.pictures.models import LibraryPicture
from foundation.privacy import tokens
from foundation.privacy.scrub import scrub
from foundation.workflow import Refused
from tests import factories
from tests.reading import headings, text

pytestmark = pytest.mark.django_db
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "strict-origin"}


@pytest.fixture
def draft(editor):
    return factories.draft(sections=("overview", "symptoms", "questions"))


@pytest.fixture
def address(draft, editor):
    return shown_at(draft, editor)


def shown_at(draft, editor, **fields):
    given = {"for_whom": "Dr. Ana", "days": 7} | fields
    return f"/drafts/{preview_links.make_link(edition=draft, by=editor, **given)[1]}/"


def remark(**fields):
    return {"section": "", "words": "Say it shorter.", "who": "Ana"} | fields


# --- making and ending a link -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 3, 7, 14, 30])
def test_address_is_shown_once_and_only_its_hash_is_kept(client, editor, draft, days):
    client.force_login(editor)
    share = reverse("admin:conditions_edition_share", args=[draft.pk])

    made = client.post(share, {"for_whom": "Dr. Ana", "days": days, "may_comment": "on"})
    again = client.get(reverse("admin:conditions_edition_change", args=[draft.pk]))

    link = PreviewLink.objects.get()
    secret = re.search(r'value="http://testserver/drafts/([\w-]{43})/"', made.text)[1]
    assert link.token_hash == tokens.hashed(secret)
    assert link.expires_at - link.made_at == pytest.approx(timedelta(days=days), abs=timedelta(minutes=1))
    assert (link.may_comment, link.made_by) == (True, editor)
    assert secret not in again.text
    assert "Dr. Ana" in again.text
    assert EditionEvent.objects.filter(verb="shared", words="Dr. Ana").count() == 1
    assert Record.objects.get(verb="shared").detail == {"link": link.pk}


@pytest.mark.parametrize("sent", [{"for_whom": "", "days": 7}, {"for_whom": "Ana", "days": 365}, {"for_whom": "Ana"}])
def test_link_for_nobody_or_for_other_days_is_refused(client, editor, draft, sent):
    client.force_login(editor)

    response = client.post(reverse("admin:conditions_edition_share", args=[draft.pk]), sent)

    assert response.context["form"].errors
    assert not PreviewLink.objects.exists()


def test_only_who_may_change_the_draft_shares_and_revokes(client, reviewer, editor, draft, address):
    client.force_login(reviewer)
    link = PreviewLink.objects.get()

    share = client.post(reverse("admin:conditions_edition_share", args=[draft.pk]), {"for_whom": "X", "days": 1})
    revoke = client.post(reverse("admin:conditions_edition_revoke", args=[draft.pk, link.pk]))

    assert (share.status_code, revoke.status_code) == (403, 403)
    with pytest.raises(PermissionDenied):
        preview_links.make_link(edition=draft, by=reviewer, for_whom="X", days=1)
    assert PreviewLink.objects.filter(revoked_at=None).count() == 1


def test_what_is_published_cannot_be_shared(editor):
    with pytest.raises(Refused, match="nothing to preview"):
        preview_links.make_link(edition=factories.live("crmo"), by=editor, for_whom="X", days=1)


def test_revoked_link_shows_nothing_at_once(client, editor, draft, address):
    client.force_login(editor)
    link = PreviewLink.objects.get()

    page = client.get(reverse("admin:conditions_edition_revoke", args=[draft.pk, link.pk]))
    client.post(reverse("admin:conditions_edition_revoke", args=[draft.pk, link.pk]))
    client.post(reverse("admin:conditions_edition_revoke", args=[draft.pk, link.pk]))
    client.logout()

    assert page.status_code == 405
    assert client.get(address).status_code == 410
    assert EditionEvent.objects.filter(verb="revoked").count() == 1


def test_link_of_another_draft_is_not_revoked_here(client, editor, draft, address):
    other = factories.draft(factories.condition("lupus"))
    client.force_login(editor)

    response = client.post(reverse("admin:conditions_edition_revoke", args=[other.pk, PreviewLink.objects.get().pk]))

    assert response.status_code == 404
    assert PreviewLink.objects.filter(revoked_at=None).exists()


# --- the page ---------------------------------------------------------------------------------------------------------


def test_page_is_the_one_families_will_see_marked_as_a_draft(client, draft, address):
    page = client.get(address)

    assert page.status_code == 200
    assert "Draft Shown to Dr. Ana." in text(page)
    assert "This address works until" in text(page)
    assert headings(page)[:3] == ["Condition crmo", "Key points", "When to call"]
    assert "Text on symptoms of crmo." in text(page)


def test_page_is_kept_by_nobody_and_does_not_name_itself(client, address):
    page = client.get(address)

    assert {name: page[name] for name in HEADERS} == HEADERS
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert "canonical" not in page.text
    assert "http://testserver/drafts" not in page.text


def test_draft_in_spanish_is_shown_in_spanish(client, editor):
    draft = factories.draft(factories.condition("crmo", language="es"), language="es")
    address = shown_at(draft, editor)

    english = client.get(address)
    page = client.get(f"/es{address}")

    assert (english.status_code, english["Location"]) == (302, f"/es{address}")
    assert '<html lang="es"' in page.text
    assert "Borrador" in text(page)


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_however_much_is_on_it(client, editor, django_assert_num_queries, count):
    draft = factories.draft(sections=["overview"] * count)
    link, secret = preview_links.make_link(edition=draft, by=editor, for_whom="Ana", days=1)
    for n in range(count):
        preview_links.comment_through_link(link=link, who="Ana", words=f"Words {n}", section=draft.sections.first())

    with django_assert_num_queries(12):
        client.get(f"/drafts/{secret}/")


def with_picture(section, colour="teal", width=1000):
    out = BytesIO()
    Image.new("RGB", (width, 700), colour).save(out, "PNG")
    factories.put_picture(section, out.getvalue())
    section.picture_alt = "A square"
    section.save()
    return section.picture


def pictures_on(page, address):
    """Every address of a picture that a browser may ask for on this page, absolute."""
    found = re.findall(r'(?:src|srcset)="([^"]*\.(?:webp|avif)[^"]*)"', page.text)
    return sorted({urljoin(address, part.split()[0]) for each in found for part in each.split(", ")})


@pytest.mark.parametrize("kind", ["overview", "symptoms", "questions"])
def test_every_size_of_a_new_picture_is_shown_through_the_link_alone(client, draft, address, kind):
    name = with_picture(draft.sections.get(kind=kind))
    call_command("make_pictures", verbosity=0)

    page = client.get(address)
    asked = pictures_on(page, address)
    answers = [client.get(each) for each in asked]

    assert len(asked) == 6  # 480, 960 and 1000 wide, as WebP and as AVIF
    assert {(a.status_code, a["Cache-Control"], a["X-Robots-Tag"]) for a in answers} == {
        (200, "no-store", "noindex, nofollow")
    }
    assert {a["Content-Type"] for a in answers} == {"image/webp", "image/avif"}
    assert client.get(f"/pictures/{name}").status_code == 404


def test_webp_stands_in_where_the_avif_is_not_made_yet(client, draft, address):
    name = with_picture(draft.sections.first())

    answer = client.get(f"{address}pictures/{name.replace('.webp', '.avif')}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")


def test_picture_of_a_spanish_draft_is_shown_below_its_own_address(client, editor):
    draft = factories.draft(factories.condition("crmo", language="es"), language="es")
    with_picture(draft.sections.first())
    address = f"/es{shown_at(draft, editor)}"

    asked = pictures_on(client.get(address), address)

    assert asked
    assert {client.get(each).status_code for each in asked} == {200}


def revoked(link, name, editor):
    preview_links.revoke_link(link=link, by=editor)


def ended(link, name, editor):
    PreviewLink.objects.update(expires_at=timezone.now())


def published(link, name, editor):
    factories.publish(link.edition)


def replaced(link, name, editor):
    with_picture(Section.objects.get(picture=name), "red")


def taken_back(link, name, editor):
    LibraryPicture.objects.filter(name=name).update(withdrawn_on=timezone.localdate(), withdrawn_reason="asked")


def without_consent(link, name, editor):
    past = timezone.localdate() - timedelta(days=1)
    LibraryPicture.objects.filter(name=name).update(shows_person=True, consent_paper="binder", consent_until=past)


@pytest.mark.parametrize("end", [revoked, ended, published, replaced, taken_back, without_consent])
def test_picture_goes_with_its_link_its_draft_or_its_consent(client, editor, draft, address, end):
    name = with_picture(draft.sections.first())
    picture = f"{address}pictures/{name}"
    before = client.get(picture)

    end(PreviewLink.objects.get(), name, editor)

    assert before.status_code == 200
    assert client.get(picture).status_code == 404


def test_link_shows_the_pictures_of_its_own_draft_alone(client, editor, draft, address):
    other = factories.draft(factories.condition("lupus"))
    name, theirs = with_picture(draft.sections.first()), with_picture(other.sections.first(), "red")
    story = factories.story(status="draft")
    hidden = with_picture(story, "blue")

    answers = [client.get(f"{address}pictures/{each}").status_code for each in (name, theirs, hidden, "0" * 64 + "-480.webp")]
    guessed = client.get(f"/drafts/{tokens.new()[0]}/pictures/{name}")

    assert answers == [200, 404, 404, 404]
    assert guessed.status_code == 404
    assert client.post(f"{address}pictures/{name}").status_code == 405


# --- comments ---------------------------------------------------------------------------------------------------------


def test_comment_on_a_section_reaches_the_writers_and_is_thanked_for(client, draft, address):
    section = draft.sections.get(kind="symptoms")

    sent = client.post(address, remark(section=section.pk))
    page = client.get(sent["Location"])

    made = Comment.objects.get()
    assert (sent.status_code, sent["Location"]) == (303, f"{address}?done=comment#comments")
    assert (made.section, made.place, made.words, made.who, made.by) == (
        section,
        "Signs to look for",
        "Say it shorter.",
        "Ana",
        None,
    )
    assert made.link == PreviewLink.objects.get()
    assert "Thank you." in text(page)
    assert "Say it shorter." in text(page)
    step = EditionEvent.objects.get(verb="commented")
    assert (step.who, step.by) == ("Ana, with the preview link for Dr. Ana,", None)
    assert Record.objects.get(verb="commented").actor == "preview link"


def test_comment_on_the_whole_page_and_on_a_section_that_went(client, draft, address):
    gone = draft.sections.get(kind="symptoms")
    number = gone.pk
    gone.delete()

    client.post(address, remark())
    client.post(address, remark(section=number, words="About the signs"))

    assert list(Comment.objects.values_list("section", "words")) == [(None, "Say it shorter."), (None, "About the signs")]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"words": "x" * 2001}, "Shorten your comment to 2000 characters. It has 2001 now."),
        ({"words": "", "who": "Ana Long"}, "Write your comment"),
        ({"who": ""}, "Write your name"),
        ({"section": "9" * 30, "words": ""}, "Write your comment"),
    ],
)
def test_words_stay_when_something_is_wrong(client, draft, address, wrong, message):
    section = draft.sections.get(kind="symptoms").pk
    sent = remark(section=section) | wrong

    page = client.post(address, sent)

    assert page.status_code == 422
    assert message in text(page)
    assert page.text.count('<details class="remark" open>') == 1
    assert sent["words"] in page.text
    assert not Comment.objects.exists()


def test_own_comments_and_their_answers_are_shown_and_nobody_elses(client, editor, draft, address):
    client.post(address, remark(words="My question"))
    actions.answer_comment(comment=Comment.objects.get(), words="Our answer", by=editor)
    other = preview_links.make_link(edition=draft, by=editor, for_whom="Dr. Ben", days=1)[0]
    preview_links.comment_through_link(link=other, who="Ben", words="A remark of Ben’s")
    Comment.objects.create(edition=draft, who="edith", by=editor, words="Among ourselves")

    page = client.get(address)

    assert "My question" in text(page)
    assert "Our answer" in text(page)
    assert "A remark of Ben’s" not in text(page)
    assert "Among ourselves" not in text(page)


def test_link_for_reading_takes_no_comment(client, draft, editor):
    address = shown_at(draft, editor, may_comment=False)

    page, sent = client.get(address), client.post(address, remark())

    assert '<form method="post"' not in page.text
    assert "This address is for reading only." in text(page)
    assert sent.status_code == 409
    assert not Comment.objects.exists()


def test_more_than_thirty_comments_an_hour_are_not_kept(client, address):
    answers = [client.post(address, remark(words=f"Number {n}")).status_code for n in range(31)]

    assert answers == [303] * 30 + [429]
    assert Comment.objects.count() == 30


def test_form_without_its_proof_of_origin_is_refused(address):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post(address, remark()).status_code == 403
    assert not Comment.objects.exists()


def test_words_of_visitors_are_escaped(client, editor, draft, address):
    client.post(address, remark(words="<script>alert(1)</script>", who="<b>Ana</b>"))
    client_page = client.get(address)
    client.force_login(editor)
    admin_page = client.get(reverse("admin:conditions_edition_change", args=[draft.pk]))

    assert "<script>alert" not in client_page.text + admin_page.text
    assert "<b>Ana" not in client_page.text + admin_page.text


# --- when it is over --------------------------------------------------------------------------------------------------


def test_guessed_and_cut_addresses_show_nothing(client, draft, address):
    stored = PreviewLink.objects.get().token_hash
    guesses = [address[:-2] + "/", f"/drafts/{stored}/", f"/drafts/{tokens.new()[0]}/", "/drafts/1/", "/drafts/%00/"]

    answers = [client.get(guess) for guess in guesses]

    assert [answer.status_code for answer in answers] == [404] * len(guesses)
    assert all("Ask the person who sent it to you" in text(answer) for answer in answers)
    assert not any("crmo" in answer.text for answer in answers)
    assert all(answer[name] == value for answer in answers for name, value in HEADERS.items())


def test_ended_link_shows_nothing_and_takes_nothing(client, draft, address):
    PreviewLink.objects.update(expires_at=timezone.now())

    page, sent = client.get(address), client.post(address, remark())

    assert (page.status_code, sent.status_code) == (410, 410)
    assert "Ask the person who sent it to you" in text(page)
    assert not Comment.objects.exists()


def test_published_draft_leads_to_the_public_page(client, draft, address):
    factories.publish(draft)

    page = client.get(address)

    assert page.status_code == 410
    assert '<a href="/conditions/crmo/">Go to the page</a>' in page.text


def test_scheduled_draft_does_not_lead_to_a_page_that_is_not_there(client, draft, address):
    factories.publish(draft, at=timezone.now() + timedelta(days=1))

    page = client.get(address)

    assert page.status_code == 410
    assert "Go to the page" not in page.text


def test_drafts_are_in_neither_sitemap_nor_search_nor_log(client, draft, address):
    robots, sitemap = client.get("/robots.txt").text, client.get("/sitemap.xml").text
    found = client.get("/search/", {"q": "Condition crmo"})

    assert "Disallow: /drafts/\nDisallow: /es/drafts/\n" in robots
    assert "drafts" not in sitemap
    assert "crmo/" not in found.text
    assert scrub(f"GET {address}") == "GET /drafts/…/"
    assert scrub(f"GET {address}pictures/{'a' * 64}-480.webp") == "GET /drafts/…/"
