from appointments import figures_mail
from appointments.duties import DUTIES
from appointments.messages import COMPOSERS
from appointments.site_pages import SITE_PAGES
from foundation import duties
from foundation.outbox.actions import register
from foundation.search import site_pages

for kind, composer in COMPOSERS.items():
    register(kind, composer)
register(figures_mail.KIND, figures_mail.compose)
site_pages.register(*SITE_PAGES)
duties.register(*DUTIES)
