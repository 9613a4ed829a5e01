from django.urls import path

from guides import views
from guides.models import Notice

app_name = "guides"
urlpatterns = [
    path("guides/", views.index, name="index"),
    path("guides/<slug:slug>/", views.guide, name="guide"),
    path("notices/<slug:kind>/", views.notice, name="notice"),
    path("language-help/", views.language_help, name="language_help"),
    path("about/", views.well_known, {"slug": "about"}, name="about"),
    path("contact/", views.well_known, {"slug": "contact"}, name="contact"),
    path("privacy/", views.well_known_notice, {"kind": Notice.Kind.PRIVACY}, name="privacy"),
    path("accessibility/", views.well_known_notice, {"kind": Notice.Kind.ACCESSIBILITY}, name="accessibility"),
]
