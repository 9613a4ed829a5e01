from django.urls import path, re_path

from conditions.views import feedback, lists, pages, preview_links, versions

app_name = "conditions"
urlpatterns = [
    path("conditions/", lists.index, name="index"),
    path("conditions/<slug:slug>/", pages.condition, name="condition"),
    path("conditions/<slug:slug>/qr.svg", pages.qr_code, name="qr_code"),
    path("conditions/<slug:slug>/versions/", versions.versions, name="versions"),
    path("conditions/<slug:slug>/versions/<int:number>/", versions.version, name="version"),
    path("conditions/<slug:slug>/feedback/", feedback.feedback, name="feedback"),
    path("drafts/<str:token>/", preview_links.preview_link, name="preview_link"),
    re_path(
        r"^drafts/(?P<token>[^/]+)/pictures/(?P<digest>[0-9a-f]{64})-(?P<width>\d{1,4})\.(?P<kind>webp|avif)$",
        preview_links.preview_link_picture,
        name="preview_link_picture",
    ),
    path("glossary/", lists.glossary, name="glossary"),
]
