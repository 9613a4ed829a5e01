"""A site of one view for `bench/submit.py`: a ModelForm of ten fields whose POST inserts one row and redirects.

What `startproject` gives, and nothing of ours: its apps and its seven middlewares (sessions, CSRF, messages, …), the
generic `CreateView`. The database is the one of DATABASE_URL, through the same pool as ours.
"""

import os
from urllib.parse import unquote

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import path

database = environ.Env.db_url_config(os.environ["DATABASE_URL"])
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of a bench " * 5,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": database | {"HOST": unquote(database["HOST"]), "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}}}},
    INSTALLED_APPS=[
        f"django.contrib.{app}" for app in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)
application = get_wsgi_application()

from django.views.generic import CreateView  # which needs the settings


class Asked(models.Model):
    """What a plain form for appointments keeps."""

    name = models.CharField(max_length=255)
    child = models.CharField(max_length=255)
    born = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    visit = models.CharField(max_length=16, choices=[("new", "new"), ("follow-up", "follow-up")])
    mode = models.CharField(max_length=10, choices=[("in-person", "in person"), ("virtual", "by video")])
    language = models.CharField(max_length=60, blank=True)
    doctor = models.CharField(max_length=255, blank=True)
    note = models.TextField(max_length=500, blank=True)

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name


class Ask(CreateView):
    """POST stores; what is wrong with an answer nobody asks here."""

    model, fields, success_url = (
        Asked,
        [field.name for field in Asked._meta.fields if field.editable and not field.primary_key],
        "/",
    )


urlpatterns = [path("ask/", Ask.as_view())]

if __name__ == "__main__":  # makes the table
    with connection.schema_editor() as editor:
        editor.create_model(Asked)
