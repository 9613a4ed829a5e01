"""Makes rows for tests: fixed values, nothing surprising, each as small as the rules allow."""

from datetime import UTC, date, datetime

from django.contrib.auth.models import Permission, User

from appointments.actions import receive
from conditions import actions
from conditions.models import Condition, ConditionName, Edition, GlossaryTerm, Section, Source, Translation
from conditions.translations import live_english
from directory.models import Clinician, Department, Location
from foundation.pictures import images
from guides.models import Guide, GuideText, Notice
from news.models import NewsItem
from stories.models import Authorization, Story

LONG_AGO = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)


def staff(username="sam", *permissions, **fields):
    """A staff member with just these permissions (codenames)."""
    user = User.objects.create_user(username, password="a long enough password", is_staff=True, **fields)
    found = Permission.objects.filter(codename__in=permissions)
    assert {p.codename for p in found} == set(permissions)
    user.user_permissions.set(found)
    return user


def administrator(username="ada"):
    """May do everything."""
    return User.objects.create_superuser(username, password="a long enough password")


def put_picture(row, content):
    """Stores a picture and points at it. Does not save."""
    row.picture, row.picture_width, row.picture_height = images.store(content)


def location(slug="main-campus", **fields):
    values = {
        "name": slug.replace("-", " ").title(),
        "street": "1 Sample Street",
        "city": "New York",
        "state": "NY",
        "postal_code": "10001",
        "time_zone": "America/New_York",
    }
    return Location.objects.create(slug=slug, **values | fields)


def department(slug="rheumatology", *, licensed_states="", **fields):
    """With `licensed_states`, like "NY, NJ", a clinician is there who may treat children in these states."""
    values = {"kind": "department", "name": slug.title(), "summary": f"In short {slug}.", "phone": "212 555 0101"}
    row = Department.objects.create(slug=slug, **values | fields)
    if licensed_states:
        clinician(f"kit-{slug}", licensed_states=licensed_states).departments.add(row)
        row.store_search_entries()
    return row


def clinician(slug="ana-example", *, licensed_states="", **fields):
    values = {"name": slug.replace("-", " ").title(), "credentials": "MD", "role": "Pediatric rheumatologist"}
    row = Clinician.objects.create(slug=slug, **values | fields)
    for state in licensed_states.replace(",", " ").split():
        row.licenses.create(state=state)
    return row


def condition(slug="crmo", name=None, language="en", **fields):
    row = Condition.objects.create(slug=slug, **fields)
    ConditionName.objects.create(condition=row, language=language, kind="preferred", text=name or f"Condition {slug}")
    return row


def draft(row=None, language="en", sections=("overview",), **fields):
    """An open draft that lacks nothing."""
    row = row or condition()
    values = {
        "summary": f"Short answer on {row.slug}.",
        "key_points": "First point\nSecond point",
        "emergency": "Cannot stand",
    }
    edition = Edition(condition=row, language=language, **values | fields)
    edition.save()
    for order, kind in enumerate(sections):
        Section.objects.create(edition=edition, order=order, kind=kind, body=f"<p>Text on {kind} of {row.slug}.</p>")
    if language != "en":
        Translation.objects.create(edition=edition, of=live_english(row), translated_by="Tess", checked_by="Carla")
    Source.objects.create(edition=edition, title="A study", date="2025-05", url="https://example.org/study")
    return edition


def publish(edition, at=LONG_AGO, reviewed_on=date(2026, 1, 2), next_review_due=date(2027, 1, 2), reviewer=None):
    """Through the verbs, as staff do."""
    reviewer = reviewer or Clinician.objects.filter(slug="ana-example").first() or clinician()
    actions.submit(edition=edition, by="test")
    actions.sign_off(edition=edition, reviewer=reviewer, by="test", reviewed_on=reviewed_on)
    actions.approve(edition=edition, by="test", publish_at=at, next_review_due=next_review_due)
    return edition


def live(slug="crmo", language="en", **fields):
    """A condition with a live edition; returns the edition."""
    row = Condition.objects.filter(slug=slug).first() or condition(slug, language=language)
    return publish(draft(row, language, **fields))


def term(slug="inflammation", language="en", **fields):
    values = {"term": slug, "definition": f"What {slug} means."}
    return GlossaryTerm.objects.create(slug=slug, language=language, **values | fields)


def story(slug="pool", conditions=(), authorized=True, **fields):
    values = {
        "title": f"Story {slug}",
        "name_shown": "M.",
        "summary": f"In short {slug}.",
        "text": f"<p>Long {slug}.</p>",
        "status": "published",
        "publish_at": LONG_AGO,
    }
    row = Story.objects.create(slug=slug, **values | fields)
    row.conditions.set(conditions)
    if authorized:
        authorization(row)
    return row


def authorization(row, **fields):
    values = {
        "signed_on": date(2025, 12, 1),
        "signed_by": "Parent of M.",
        "relationship": "parent",
        "covers_picture": True,
        "covers_name": True,
        "expires_on": date(2035, 12, 1),
        "document": "binder 1",
        "form_version": "2026-12",
        "purpose": "So that other families know.",
        "recipients": "Everybody who opens the website.",
        "how_to_revoke": "By a letter to us.",
        "third_party_pay": "none",
        "copy_given_on": fields.get("signed_on", date(2025, 12, 1)),
    }
    return Authorization.objects.create(story=row, **values | fields)


def news(slug="evening", conditions=(), **fields):
    values = {
        "title": f"News {slug}",
        "summary": f"In short {slug}.",
        "text": f"<p>Long {slug}.</p>",
        "status": "published",
        "publish_at": LONG_AGO,
    }
    row = NewsItem.objects.create(slug=slug, **values | fields)
    row.conditions.set(conditions)
    return row


def guide(slug="getting-here", *languages, **fields):
    """With a text in English, or in these languages."""
    row = Guide.objects.create(slug=slug, **{"status": "published", "publish_at": LONG_AGO} | fields)
    for language in languages or ["en"]:
        title, text = f"Guide {slug} {language}", f"<p>Long {slug} {language}.</p>"
        GuideText.objects.create(guide=row, language=language, title=title, summary=f"In short {slug} {language}.", text=text)
    return row


def notice(kind="privacy", language="en", **fields):
    values = {"title": f"Notice {kind} {language}", "text": f"<p>Long {kind} {language}.</p>"}
    values |= {"effective_on": date(2026, 3, 1), "next_review": date(2036, 3, 1)}
    return Notice.objects.create(kind=kind, language=language, **values | fields)


def asked(**fields):
    """What a family's steps hand over to `appointments.actions.receive`."""
    values = {
        "asker": "parent",
        "visit": "new",
        "mode": "in-person",
        "asker_name": "Pat Sample",
        "email": "pat@example.org",
        "phone": "212 555 0199",
        "child_name": "Kim Sample",
        "child_born": "2018-04-03",
    }
    return values | {"department": Department.objects.filter(slug="rheumatology").first() or department()} | fields


def request(draft_key="a" * 64, **fields):
    """A received request; another `draft_key` makes another one."""
    return receive(draft_key=draft_key, fields=asked(**fields))


def coordinator(username="cora", *departments, permissions=("work_requests",)):
    """May work on the requests of these departments."""
    user = staff(username, *permissions)
    user.coordinated_departments.set(departments)
    return user
