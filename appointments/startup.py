"""What the outbox, the search and who records that a colleague left call this room for."""

from appointments import figures_mail
from appointments.duties import DUTIES
from appointments.messages import KINDS, compose, fetch
from appointments.site_pages import SITE_PAGES
from foundation import duties
from foundation.outbox.actions import register
from foundation.search import site_pages

for kind in KINDS:
    register(kind, compose, fetch)
register(figures_mail.KIND, figures_mail.compose)
site_pages.register(*SITE_PAGES)
duties.register(*DUTIES)
