from collections.abc import Callable

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.usersessions import views as sessions
from django.contrib import admin
from django.http.response import HttpResponseBase
from django.urls import include, path

from appointments.admin import earlier, figures, visits
from conditions.views.pages import preview
from foundation.adminkit.forms import paste
from foundation.adminkit.idempotency import acting_once
from portal.staff import invitation_views, link_views, views
from portal.staff.sign_in import keep_new_session, renew_session
from portal.transfer import views as transfer

ADMIN_PAGES: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
    ("preview/<int:pk>/", preview, "preview"),
    ("stay/", views.stay, "stay"),
    ("paste/", paste, "paste"),
    ("links/", link_views.broken, "links"),
    ("links/find/", link_views.find, "find_page"),
    ("links/to/<str:kind>/<int:pk>/", link_views.leading_to, "links_to"),
    ("moving/", transfer.start, "moving"),
    ("moving/<slug:name>/", transfer.kind, "moving_kind"),
    ("moving/<slug:name>.csv", transfer.template, "moving_template"),
    ("how-we-are-doing/", figures.page, "figures"),
    ("how-we-are-doing.csv", figures.as_csv, "figures_csv"),
    ("earlier/", earlier.earlier, "earlier"),
    ("earlier/<int:pk>/", earlier.hour, "earlier_hour"),
    ("export/", transfer.export, "export"),
    ("visits/", visits.visits, "visits"),
    ("visits/all-came/", visits.all_came, "visits_all_came"),
    ("visits/calendar/", visits.calendar_address, "visits_calendar"),
]
admin_urlpatterns = [
    *(path(route, admin.site.admin_view(view), name=name) for route, view, name in ADMIN_PAGES),
    *admin.site.get_urls(),
]

# Of allauth's addresses the ones that belong to a site without sign-up and without mail to its staff.
account_urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", renew_session(account.reauthenticate), name="account_reauthenticate"),
    path("2fa/totp/activate/", acting_once(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", acting_once(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "2fa/recovery-codes/generate/", acting_once(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path("2fa/authenticate/", keep_new_session(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", renew_session(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/webauthn/reauthenticate/", renew_session(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", reauthentication_required(sessions.list_usersessions, allow_get=True), name="usersessions_list"),
    path("second-factor/", views.second_factor, name="second_factor"),
    path("invitation/<str:secret>/", keep_new_session(invitation_views.join), name="invitation"),
    path("one-time/<str:uidb64>/<str:token>/", views.one_time, name="one_time_sign_in"),
]
