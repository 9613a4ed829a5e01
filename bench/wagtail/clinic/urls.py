from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = [
    path("cms/", include("wagtail.admin.urls")),
    path("documents/", include("wagtail.documents.urls")),
    *i18n_patterns(path("", include("wagtail.urls")), prefix_default_language=False),
]
