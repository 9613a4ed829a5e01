from django.utils.translation import gettext_lazy as _

from appointments import figures_mail
from appointments.duties import DUTIES
from appointments.messages import KINDS, compose, fetch
from foundation import duties
from foundation.outbox.actions import register
from foundation.search import site_pages
from foundation.search.site_pages import SitePage

site_pages.register(
    SitePage(
        "appointments:start",
        _("Ask for an appointment"),
        _("In person or by video, without an account"),
        {
            "en": "appointment, ask for an appointment, make an appointment, book a visit, schedule a visit, first appointment, appointment "
            "request, see a doctor, video appointment, waiting list, second opinion, referral",
            "es": "cita, pedir una cita, hacer una cita, cita por video, cita médica, turno, ver a un médico, lista de espera, segunda opinión",
        },
    ),
    SitePage(
        "appointments:find",
        _("Find your request"),
        _("We send the link to your page to the email address that you gave us when you asked."),
        {
            "en": "my request, my appointment, change my appointment, cancel my appointment, reschedule my appointment, lost link, "
            "appointment status",
            "es": "mi solicitud, mi cita, cambiar mi cita, cancelar mi cita, reprogramar mi cita, perdí el enlace",
        },
    ),
)


for kind in KINDS:
    register(kind, compose, fetch)
register(figures_mail.KIND, figures_mail.compose)
duties.register(*DUTIES)
