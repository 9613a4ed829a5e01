"""Addresses of the condition pages, their earlier versions, drafts behind a preview link, and the glossary."""

from django.urls import path, re_path

from conditions import views

app_name = "conditions"
urlpatterns = [
    path("conditions/", views.index, name="index"),
    path("conditions/<slug:slug>/", views.condition, name="condition"),
    path("conditions/<slug:slug>/qr.svg", views.qr_code, name="qr_code"),
    path("conditions/<slug:slug>/versions/", views.versions, name="versions"),
    path("conditions/<slug:slug>/versions/<int:number>/", views.version, name="version"),
    path("conditions/<slug:slug>/feedback/", views.feedback, name="feedback"),
    path("drafts/<str:token>/", views.preview_link, name="preview_link"),
    re_path(
        r"^drafts/(?P<token>[^/]+)/pictures/(?P<digest>[0-9a-f]{64})-(?P<width>\d{1,4})\.(?P<kind>webp|avif)$",
        views.preview_link_picture,
        name="preview_link_picture",
    ),
    path("glossary/", views.glossary, name="glossary"),
]
