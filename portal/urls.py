"""Every address of the site. `/es/…` holds the same reading pages in Spanish."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path

from guides.views import price_file
from portal import views
from portal.infobutton.views import infobutton
from portal.staff.urls import account_urlpatterns, admin_urlpatterns
from portal.views import machine, pictures

urlpatterns = [
    path("admin/", (admin_urlpatterns, "admin", "admin")),
    path("accounts/", include(account_urlpatterns)),
    re_path(r"^pictures/(?P<digest>[0-9a-f]{64})-(?P<width>\d{1,4})\.(?P<kind>webp|avif)$", pictures.picture, name="picture"),
    path("sitemap.xml", machine.sitemap, name="sitemap"),
    path("sitemap-<str:section>.xml", machine.sitemap_part, name="sitemap_part"),
    path("robots.txt", machine.robots, name="robots"),
    path("opensearch.xml", machine.opensearch, name="opensearch"),
    path(".well-known/security.txt", machine.security_txt, name="security_txt"),
    re_path(r"^infobutton/?$", infobutton, name="infobutton"),
    path("handover/", include("appointments.handover.urls")),
    path("favicon.ico", machine.favicon, name="favicon"),
    path("cms-hpt.txt", price_file, name="price_file"),
    path("healthz", machine.healthz, name="healthz"),
    path("readyz", machine.readyz, name="readyz"),
    path("metrics", machine.metrics, name="metrics"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("search/", views.search, name="search"),
        path("appointments/", include("appointments.urls")),
        path("", include("conditions.urls")),
        path("", include("directory.urls")),
        path("", include("guides.urls")),
        path("", include("stories.urls")),
        path("", include("news.urls")),
        prefix_default_language=False,
    ),
]
handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.server_error"
