"""Fills an empty PostgreSQL for `bench/scale.py`: a department two weeks after it opened, or the same one after two years. Minutes; rows by the thousand.

So a day's work is the same at both sizes, and whatever a page shows one part of, both have enough to fill it (`A_PAGE`).

A row that the database can multiply by itself is multiplied there (`INSERT … SELECT`); what Python must make (texts, what is found,
sealed words) comes by `bulk_create`. Links are put into their table as `renew` would write them. Nothing is sent.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from appointments.models import FamilyAct, HandOver, ReceivingSystem, Request
from bench import many, queue_growth
from conditions.models import Condition, ConditionName, Edition, GlossaryTerm, PageFeedback, Section
from directory.models import Clinician, Department, Location
from foundation.links.models import Link, OutsideAddress
from foundation.pictures.models import LibraryPicture
from foundation.search.findable import store_all
from foundation.search.models import Miss
from news.models import NewsItem
from stories.models import Authorization, Story
from tests import factories

A_DAY = 5  # visits agreed on each day to come
PAST = 50_000 / 730  # requests that came on each day
A_PAGE = 60  # more than any list of staff shows at once
A_PART = 100  # of a sitemap


@dataclass(frozen=True)
class Size:
    """How many there are. Of all else there is so much for each condition or request, as below."""

    conditions: int
    requests: int
    records: int


SIZES = {"small": Size(100, 1_000, 20_000), "big": Size(5_000, 50_000, 1_000_000)}


def fill(size: Size) -> None:
    """Everything, into a database without tables."""
    call_command("migrate", verbosity=0)
    factories.clinician()
    unit = factories.department()
    many.fill(0, size.conditions)
    people(size, unit)
    publications(size)
    texts(size)
    links(size)
    requests(size, unit)
    records(size.records)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def people(size: Size, unit: Department) -> None:
    """A clinician for twelve conditions (at least a part of the sitemap), half in the one large department; ten others; colleagues; who looks at the pages."""
    place = factories.location()
    unit.locations.add(place)
    others = [factories.department(f"department-{n}") for n in range(10)]
    named = [many.names()[-n - 1] for n in range(max(size.conditions // 12, A_PART))]
    rows = Clinician.objects.bulk_create(
        Clinician(slug=f"clinician-{n}", name=f"Kit {name}", credentials="MD", role="Pediatrician")
        for n, name in enumerate(named)
    )
    Clinician.departments.through.objects.bulk_create(
        Clinician.departments.through(clinician=row, department=unit if n % 2 else others[n // 2 % 10])
        for n, row in enumerate(rows)
    )
    store_all(rows)
    User.objects.bulk_create(User(username=f"colleague-{n}", is_staff=True) for n in range(size.conditions // 25))
    User.groups.through.objects.bulk_create(
        User.groups.through(user=user, group=Group.objects.order_by("pk")[n % 4]) for n, user in enumerate(User.objects.all())
    )
    admin = factories.administrator()
    unit.coordinators.add(admin, factories.staff("cora", "work_requests", "view_request", "see_figures"))


def publications(size: Size) -> None:
    """News (six for ten conditions, one condition has a third of them) and stories (one for five), a part of the sitemap at least, published and found."""
    ids = list(Condition.objects.values_list("pk", flat=True))
    own = {"summary": "In short.", "text": "<p>Long.</p>", "status": "published"}
    days = [factories.LONG_AGO - timedelta(hours=n) for n in range(size.conditions)]
    news = NewsItem.objects.bulk_create(
        NewsItem(slug=f"news-{n}", title=f"News {n}", publish_at=days[n % len(days)], **own)
        for n in range(max(size.conditions * 6 // 10, A_PART))
    )
    about = NewsItem.conditions.through
    about.objects.bulk_create(
        about(newsitem=row, condition_id=ids[5 if n % 3 == 0 else n % len(ids)]) for n, row in enumerate(news)
    )
    stories = Story.objects.bulk_create(
        Story(slug=f"story-{n}", title=f"Story {n}", name_shown="M.", publish_at=days[n % len(days)], **own)
        for n in range(max(size.conditions // 5, A_PART))
    )
    about = Story.conditions.through
    about.objects.bulk_create(about(story=row, condition_id=ids[n % len(ids)]) for n, row in enumerate(stories))
    first = factories.authorization(stories[0])
    values = {field.attname: getattr(first, field.attname) for field in first._meta.concrete_fields if not field.primary_key}
    Authorization.objects.bulk_create(Authorization(**values | {"story_id": row.pk}) for row in stories[1:])
    for rows in (news, stories):
        store_all(rows)


def texts(size: Size) -> None:
    """Words explained, which stand in the texts (two for five conditions, forty of them in that of `c-5`); drafts; what readers said; pictures; misses."""
    shown = sorted({word for order in range(3) for word in many.words(3 * 5 + order).split()})
    others = {word for n in range(size.conditions) for word in many.words(3 * n).split()} - set(shown)
    words = [*shown[:40], *sorted(others)][: size.conditions * 2 // 5]
    terms = GlossaryTerm.objects.bulk_create(
        GlossaryTerm(slug=word, term=word, definition=f"What {word} means.", language="en") for word in words
    )
    store_all(terms)
    for term in terms:
        term.store_first_words()
    live = list(Edition.objects.all())
    own = {"language": "en", "number": 2, "summary": "A newer answer."}
    status = ("draft", "submitted", "draft", "draft")
    drafts = Edition.objects.bulk_create(
        Edition(condition_id=row.condition_id, status=status[n % 4], **own) for n, row in enumerate(live[::10])
    )
    Section.objects.bulk_create(Section(edition=row, order=0, kind="overview", body="<p>Newer.</p>") for row in drafts)
    PageFeedback.objects.bulk_create(
        PageFeedback(edition=row, helpful=n % 3 > 0, comment="Too long." if n % 5 == 0 else "")
        for row in live
        for n in range(5)
    )
    Miss.objects.bulk_create(
        Miss(text=f"missed {n}", language="en", is_code=n % 4 == 0) for n in range(size.conditions * 4 // 5)
    )
    LibraryPicture.objects.bulk_create(
        LibraryPicture(name=f"{n:064}-800.webp", width=800, height=600, alt=f"Picture {n}")
        for n in range(size.conditions // 2)
    )
    ConditionName.objects.bulk_create(
        ConditionName(condition_id=row.condition_id, language="es", kind="preferred", text=f"Enfermedad {n}")
        for n, row in enumerate(live[::5])
    )


def links(size: Size) -> None:
    """Three in each section: to a neighbour, elsewhere, to a story; of fifty of each, and of the first, one leads nowhere, or to an old address."""
    slugs = dict(Condition.objects.values_list("pk", "slug"))
    stories = list(Story.objects.values_list("pk", "slug"))
    rows: list[Link] = []
    for n, (pk, condition) in enumerate(Section.objects.values_list("pk", "edition__condition")):
        own = {"kind": "conditions.section", "object_id": pk, "field": "body"}
        is_bad = n < A_PAGE or n % 50 == 0
        slug = f"old-{slugs[condition]}" if is_bad else slugs[condition]
        rows.append(Link(**own, url=f"/conditions/{slug}/", target_kind="conditions.condition", target_id=condition))
        rows.append(Link(**own, url=f"https://example.org/study/{n % (2 * size.conditions)}"))
        story, name = stories[n % len(stories)]
        known = {"target_kind": "stories.story", "target_id": None if is_bad else story}
        rows.append(Link(**own, url=f"/stories/{name if known['target_id'] else 'never'}/", **known))
    Link.objects.bulk_create(rows, batch_size=5_000)
    now = timezone.now()
    bad = {"fault": "There is no such page any more (404).", "failing_since": now - timedelta(days=3)}
    OutsideAddress.objects.bulk_create(
        OutsideAddress(url=f"https://example.org/study/{n}", checked_at=now, **(bad if n < A_PAGE or n % 50 == 0 else {}))
        for n in range(2 * size.conditions)
    )


def requests(size: Size, unit: Department) -> None:
    """Nine of ten are closed, as after some years. Of the open ones a fifth is late and half have a visit ahead, 5 on each day."""
    queue_growth.first(unit)
    queue_growth.multiply((size.requests - 100) // 60)
    system = ReceivingSystem.objects.create(name="Desk", token_hash="0" * 64)
    place, cora = Location.objects.get(), User.objects.get(username="cora")
    doctors = list(unit.clinicians.order_by("pk").values_list("pk", flat=True)[:4])
    values = {
        "days": size.requests / PAST,
        "few": A_PAGE,
        "a_day": A_DAY,
        "place": place.pk,
        "zone": place.time_zone,
        "cora": cora.pk,
        "doctors": doctors,
    }
    with connection.cursor() as cursor:
        for statement in LIVES:
            cursor.execute(statement, values)
    ids = list(Request.objects.exclude(status="closed").order_by("pk").values_list("pk", flat=True))
    FamilyAct.objects.bulk_create(FamilyAct(request_id=pk, what="wrote") for pk in ids[::3])
    HandOver.objects.bulk_create(
        HandOver(request_id=pk, system=system, version=1, status="waiting", late_at=timezone.now() + timedelta(days=n % 20))
        for n, pk in enumerate(ids)
    )


LIVES = [
    # They came evenly until ten days ago, after which they were closed; those still open in the last month.
    """UPDATE appointments_request AS r SET received_at = now() - CASE status WHEN 'closed' THEN interval '10 days' + interval '1 day'
        * %(days)s * place / total ELSE interval '30 days' * place / total END FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS place, count(*) OVER () AS total
        FROM appointments_request) AS p WHERE p.id = r.id""",
    """UPDATE appointments_request SET first_promise_at = received_at + interval '2 days', first_contact_at = received_at +
        interval '1 day', first_contact_minutes = 480, closed_at = received_at + interval '10 days', closing_reason = 'came'
        WHERE status = 'closed'""",
    """UPDATE appointments_request SET due_at = now() + interval '1 minute' * (id %% 9000) * CASE id %% 5 WHEN 0 THEN -1 ELSE 1 END,
        taken_by_id = CASE id %% 3 WHEN 0 THEN %(cora)s END WHERE status <> 'closed'""",
    """UPDATE appointments_request SET status = 'confirmed', due_at = NULL WHERE id IN
        (SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM appointments_request WHERE status <> 'closed') AS o
        WHERE place > %(few)s / 2 AND place %% 2 = 0)""",
    # Visits: each agreed one on its day; those of what is closed took place; some hours were given back.
    """INSERT INTO appointments_offeredtime (seal_id, seal_version, request_id, status, clinician_id, location_id, video_link, starts_at,
        ends_at, zone, expires_at, ended_by) SELECT gen_random_uuid(), 0, id, 'confirmed', (%(doctors)s)[1 + place %% 4], %(place)s, '',
        at, at + interval '30 minutes', %(zone)s, at, '' FROM (SELECT id, place, date_trunc('day', now()) + interval '1 day' *
        (place / %(a_day)s) + interval '15 hours' + interval '30 minutes' * (place %% %(a_day)s / 4) AS at FROM
        (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM appointments_request WHERE status = 'confirmed') AS o) AS v""",
    """INSERT INTO appointments_offeredtime (seal_id, seal_version, request_id, status, clinician_id, location_id, video_link, starts_at,
        ends_at, zone, expires_at, ended_at, ended_by) SELECT gen_random_uuid(), 0, id, 'came', (%(doctors)s)[1 + id %% 4], %(place)s,
        '', closed_at, closed_at + interval '30 minutes', %(zone)s, closed_at, closed_at, 'us' FROM appointments_request
        WHERE status = 'closed'""",
    """INSERT INTO appointments_offeredtime (seal_id, seal_version, request_id, status, clinician_id, location_id, video_link, starts_at,
        ends_at, zone, expires_at, ended_at, ended_by) SELECT gen_random_uuid(), 0, request_id, 'cancelled', clinician_id, location_id,
        '', starts_at + interval '4 days 3 hours', ends_at + interval '4 days 3 hours', zone, expires_at, now(), 'family'
        FROM appointments_offeredtime WHERE status = 'confirmed' AND (id <= %(few)s OR id %% 10 = 0)""",
    """INSERT INTO appointments_earlierwish (request_id, notice_days, since) SELECT id, 3, received_at FROM (SELECT id, received_at,
        row_number() OVER (ORDER BY id) AS place FROM appointments_request WHERE status = 'confirmed') AS o
        WHERE place <= %(few)s OR id %% 3 = 0""",
    """INSERT INTO appointments_requestevent (request_id, at, verb, before, after, undone) SELECT id, received_at + interval '1 day' * n,
        'read', 'reading', 'reading', false FROM appointments_request, generate_series(1, 3) AS n WHERE status = 'closed'""",
    """INSERT INTO outbox_message (kind, object_id, detail, language, message_id, status, created_at, leave_at, next_try_at, attempts,
        sent_at, last_fault) SELECT 'received', id, '{}', 'en', 'm' || id || '-' || n, CASE WHEN failed THEN 'failed' ELSE 'sent' END,
        received_at, received_at, received_at, 1, CASE WHEN NOT failed THEN received_at END, CASE WHEN failed THEN '550' ELSE '' END
        FROM (SELECT *, (id + n) %% 100 = 0 AS failed FROM appointments_request, generate_series(1, 2) AS n) AS r""",
]


def records(count: int) -> None:
    """Of reading cases and of changes; the hashes hold nothing, which no page asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_record (sequence, at, actor, verb, kind, object_id, label, detail, previous_hash, hash) "
            "SELECT h.sequence + n, now() - interval '1 minute' * (%(count)s - n), 'colleague-' || n %% 7, 'read', "
            "CASE n %% 5 WHEN 0 THEN 'conditions.edition' ELSE 'appointments.request' END, (1 + n %% 900)::text, 'label ' || n %% 50000, "
            '\'{"fields": ["child_name"]}\', md5(n::text) || md5(n::text), md5((n + 1)::text) || md5((n + 1)::text) '
            "FROM (SELECT coalesce(max(sequence), 0) AS sequence FROM audit_record) AS h, generate_series(1, %(count)s) AS n",
            {"count": count},
        )
        cursor.execute(
            "INSERT INTO audit_head (id, sequence, hash) SELECT 1, sequence, hash FROM audit_record ORDER BY sequence DESC LIMIT 1 "
            "ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash"
        )
