"""What the double presses are tried on: of every act its own request, draft or paper. Prints their addresses as JSON.

Run inside `manage.py shell` of a running site, with `MARK` set to a word that no other run has, `ACTS` to the acts that are tried
and `WAYS` to the ways.
"""

import json
from datetime import timedelta
from itertools import count

import time_machine
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone

from appointments import actions
from appointments.actions.booking import Slot
from appointments.models import OfferedTime
from appointments.views import private_access
from conditions import actions as editing, preview_links
from conditions.models import Comment, Condition, Edition
from directory.models import Clinician, Department
from news.models import NewsItem
from stories.models import Authorization, Story

MARK, ACTS, WAYS = (globals()[name] for name in ("MARK", "ACTS", "WAYS"))
by = User.objects.create_superuser(f"by-{MARK}", first_name="Bea", last_name="Sample")
department = Department.objects.get(slug="pediatric-rheumatology")
clinician, place = Clinician.objects.first(), department.locations.get(slug="main-campus")
made = {"cookies": {}}
soon = timezone.now().replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=20)
# Of an engine before, on the same site.
latest = OfferedTime.objects.filter(starts_at__range=(soon, soon + timedelta(days=200))).order_by("starts_at").last()
slots = count((latest.starts_at - soon).days + 1 if latest else 0)


def ask(name, **fields):
    """A request, its private page, and the cookie that opens it without the date of birth."""
    own = {"email": f"pat-{name}-{MARK}@example.org".lower(), "child_name": f"Kim {name} {MARK}", "child_born": "2018-04-03"}
    values = {"asker": "parent", "visit": "new", "mode": "in-person", "asker_name": "Pat Sample", "phone": "212 555 0199"}
    row = actions.receive(draft_key=f"{MARK} {name}", fields={**values, **own, "department": department, **fields})
    cookie = private_access._cookie(row)
    made["cookies"][cookie] = signing.get_cookie_signer(salt=cookie + private_access._salt(row)).sign(str(row.pk))
    return row, f"/appointments/r/{row.link}/"


def slot():
    at = soon + timedelta(days=next(slots))
    return Slot(clinician=clinician, starts_at=at, ends_at=at + timedelta(minutes=45), zone="America/New_York", location=place)


def offered(name):
    row, page = ask(name)
    actions.offer(request=row, by=by, slots=[slot(), slot()])
    return row, page


def draft(name):
    """A complete draft of a condition of its own."""
    row = Condition.objects.create(slug=f"{name}-{MARK}".lower())
    row.names.create(language="en", kind="preferred", text=f"Condition {name} {MARK}")
    edition = Edition.objects.create(condition=row, language="en", summary="In short.", emergency="Cannot stand")
    edition.sections.create(kind="overview", order=0, body="<p>Text.</p>")
    edition.sources.create(title="A study", date="2025-05")
    return edition, f"/admin/conditions/edition/{edition.pk}/"


@time_machine.travel(timezone.now() - timedelta(minutes=1))  # whoever sends within three seconds is asked once more
def asked_for(way):
    """A request that is typed and not sent, and its cookies."""
    family = Client(SERVER_NAME="127.0.0.1")
    family.get(f"/appointments/?department={department.slug}")
    for step, typed in {
        "you": {"asker": "parent", "name": "Pat Sample", "confirm": "on"},
        "child": {"name": f"Lee {way} {MARK}", "born_month": "4", "born_day": "23", "born_year": "2015"},
        "visit": {"visit": "new", "mode": "in-person", "interpreter": "no", "topic": "", "department": department.slug},
        "contact": {"phone": "212 555 0199", "how": "call", "message": "yes"},
        "times": {"days": "1-am"},
    }.items():
        answer = family.post(f"/appointments/request/{step}/", typed)
    made[f"send {way} cookies"] = {name: each.value for name, each in family.cookies.items()}
    return answer["Location"]


def accept(name):
    row, page = offered(name)
    return f"{page}accept/?time={row.times.first().pk}"


def send_back(name):
    edition, page = draft(name)
    editing.submit(edition=edition, by="test")
    return f"{page}send-back/"


def answer(name):
    edition, page = draft(name)
    return f"{page}answer/?comment={Comment.objects.create(edition=edition, who='Ana', words='Shorter.').pk}"


def revoke(name):
    edition, page = draft(name)
    preview_links.make_link(edition=edition, by=by, for_whom="Dr. Ana", days=1)
    return f"{page}change/"


def approve(name):
    edition, page = draft(name)
    editing.submit(edition=edition, by="test")
    editing.sign_off(edition=edition, reviewer=clinician, by="test")
    return f"{page}approve/"


def publish(name):
    item = NewsItem.objects.create(title=f"News {name} {MARK}", slug=f"{name}-{MARK}".lower(), summary="S.", text="<p>T.</p>")
    return f"/admin/news/newsitem/{item.pk}/publish/"


def paper(name):
    story = Story.objects.create(
        title=f"Story {name}", slug=f"{name}-{MARK}".lower(), name_shown="M.", summary="S.", text="<p>T.</p>"
    )
    signed = Authorization.objects.create(
        story=story, signed_on="2025-12-01", signed_by="Parent", relationship="parent", expires_on="2035-12-01", document="1"
    )
    return f"/admin/stories/authorization/{signed.pk}/revoke/"


def of_request(address, ask=ask):
    return lambda name: f"/admin/appointments/request/{ask(name)[0].pk}/{address}/"


MAKERS = {
    "accept": accept,
    "other": lambda name: f"{offered(name)[1]}other/",
    **{act: lambda name, act=act: f"{ask(name)[1]}{act}/" for act in ("withdraw", "words", "contact")},
    "send": lambda name: asked_for(name.removeprefix("send-")),
    **{act: of_request(act) for act in ("take", "offer", "attempt", "note")},
    "case": of_request("change"),
    "confirm": of_request("confirm", offered),
    **{act: lambda name, act=act: f"{draft(name)[1]}{act}/" for act in ("change", "submit", "comment", "share")},
    "send-back": send_back,
    "answer": answer,
    "revoke": revoke,
    "approve": approve,
    "publish": publish,
    "paper": paper,
}
made["send back"] = asked_for("back")
made |= {f"{act} {way}": MAKERS[act](f"{act}-{way}") for act in ACTS for way in WAYS}

OWN = {"chromium": "localized-scleroderma", "firefox": "lupus", "webkit": "osteogenesis-imperfecta"}
whole = Condition.objects.get(slug=OWN[MARK.rstrip("0123456789")])
of_whole = whole.editions.open().filter(language="en").first() or editing.start_draft(
    condition=whole, language="en", by="test"
)
made["editor"] = f"/admin/conditions/edition/{of_whole.pk}/change/"
print("MADE" + json.dumps(made))
