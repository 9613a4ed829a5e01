"""Monday's mail to coordinator leads: last week in one line, with the way to “How we are doing”."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.figures import Figures, Period
from appointments.models.request import SEES_ALL
from directory.models import Department
from foundation.outbox.actions import post_once
from foundation.outbox.models import Message
from foundation.prose.addresses import sendable

KIND = "figures"
SEES_FIGURES = "appointments.see_figures"
HOUR = time(8)  # on the site's clock


def post_mails() -> int:
    """One for each lead in each week, however often this runs; it leaves on Monday at eight, or at once if that is over."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    at = timezone.make_aware(datetime.combine(monday, HOUR))
    return sum(post_once(once=f"{KIND} {lead.pk} {monday}", kind=KIND, object_id=lead.pk, at=at) for lead in _leads())


def _leads() -> QuerySet[User]:
    found = User.objects.with_perm(SEES_FIGURES, backend="django.contrib.auth.backends.ModelBackend")
    return found.filter(is_staff=True).exclude(email="")


def compose(message: Message) -> EmailMessage | None:
    """None for who may no longer see figures, or sees no department. Nothing in it is about one family."""
    lead = _leads().filter(pk=message.object_id).first()
    to = sendable(lead.email) if lead else ""
    if lead is None or not to:
        return None
    rows = Department.objects.all() if lead.has_perm(SEES_ALL) else Department.objects.filter(coordinators=lead)
    departments = list(rows.values_list("pk", flat=True))
    if not departments:
        return None
    monday = timezone.localdate(message.leave_at)
    week = Period(monday - timedelta(days=7), monday - timedelta(days=1))
    address = f"{settings.LINK_BASE}{reverse('admin:figures')}?first={week.first}&last={week.last}"
    text = "\n\n".join([_line(Figures(departments, week)), address, settings.SITE_NAME]) + "\n"
    return EmailMessage(_("How we did last week"), text, to=[to])


def _line(figures: Figures) -> str:
    now, before = figures.tally(), figures.tally(current=False)
    words = _(
        "Requests last week: %(requests)d (%(before)d the week before). Promise kept: %(kept)d of %(promised)d. Came to the "
        "visit: %(came)d of %(visits)d. Earlier times taken: %(taken)d."
    )
    return words % {
        "requests": now.requests.total(),
        "before": before.requests.total(),
        "kept": now.kept,
        "promised": now.promised,
        "came": now.visited("came"),
        "visits": now.visited(),
        "taken": figures.earlier[True].days_won.count,
    }
