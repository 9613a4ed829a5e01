"""What `wagtail start` gives, in two languages, on the database of DATABASE_URL, with what is tuned on a site in use.

Tuned: templates are kept parsed, connections stay open, root paths and renditions are remembered in the worker's memory.
KEEP says what else is remembered there: "text", the explained text of a page, as ours does; "sections", their finished
HTML with headings and pictures; "nothing", and then no paths and renditions either.
"""

import os
from pathlib import Path
from urllib.parse import unquote

from environ import Env

VAR_DIR = Path(os.environ["VAR_DIR"])
SECRET_KEY = "of a bench " * 5
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

INSTALLED_APPS = [
    "clinic",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.app_directories.Loader"])],
        },
    }
]

DATABASES = {"default": Env.db_url_config(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'wagtail.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"}
    _database["CONN_MAX_AGE"] = 60
else:
    _database["HOST"] = unquote(_database["HOST"])
    _database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 8}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
KEEP = os.environ.get("KEEP", "text")
MEMORY, NONE = ({"BACKEND": f"django.core.cache.backends.{name}"} for name in ("locmem.LocMemCache", "dummy.DummyCache"))
CACHES = {
    "default": NONE if KEEP == "nothing" else MEMORY,
    "renditions": NONE if KEEP == "nothing" else MEMORY | {"LOCATION": "renditions"},
    "fragments": MEMORY | {"LOCATION": "fragments"} if KEEP == "sections" else NONE,
}

LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("es", "Español")]
WAGTAIL_I18N_ENABLED = USE_I18N = USE_TZ = True
TIME_ZONE = "America/New_York"

STATIC_URL, STATIC_ROOT = "/static/", VAR_DIR / "wagtail-static"
MEDIA_URL, MEDIA_ROOT = "/media/", VAR_DIR / "wagtail-media"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_SITE_NAME = SITE_NAME = "Children’s Bone & Joint Center"
SITE_TAGLINE = "Sample hospital"
SITE_PHONE = "212 555 0142"
EMERGENCY_PHONE = "911"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
