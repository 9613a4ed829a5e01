"""Every setting of the site, from the environment (`.env.example` lists what can be set).

With no environment at all the site runs for this machine only: loopback hosts, SQLite, secrets made once into `var/`.
"""

import zoneinfo
from pathlib import Path
from urllib.parse import unquote
from wsgiref.headers import Headers

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal.environment import Environment, host_names, is_this_machine

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
Environment.read_env(BASE_DIR / ".env")
# Wherever one stands: cron and systemd start elsewhere than people, and would find an empty site there.
VAR_DIR = BASE_DIR / (env.str("VAR_DIR", default="") or "var")
zoneinfo.reset_tzpath(to=[])  # zones come from the package in requirements.txt: a system's own may be a year old

# --- languages --------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [  # one more: a line here, words in portal/locale, content (docs/languages.md)
    ("en", _("English")),
    ("es", _("Spanish")),
]
LANGUAGES_BIDI = ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "prs", "ps", "sd", "syr", "ug", "ur", "yi"]  # right to left

# --- who we are -------------------------------------------------------------------------------------------------------
SITE_NAME = env.str("SITE_NAME", default="Children’s Bone & Joint Center")
SITE_TAGLINE = env.str("SITE_TAGLINE", default="Sample hospital")
SITE_PHONE = env.str("SITE_PHONE", default="212 555 0142")
_HOURS = "Monday to Friday, 9 am to 5 pm Eastern time"
_HOURS_ES = "Lunes a viernes, de 9 a.\u00a0m. a 5 p.\u00a0m., hora del Este"
SITE_HOURS = env.str("SITE_HOURS", default=_HOURS)
SITE_HOURS_IN = {
    code: env.str(f"SITE_HOURS_{code.upper()}", default="") for code, _name in LANGUAGES
}  # "": in English, marked
if SITE_HOURS == _HOURS:
    SITE_HOURS_IN["es"] = SITE_HOURS_IN["es"] or _HOURS_ES
EMERGENCY_PHONE = env.str("EMERGENCY_PHONE", default="911")
CRISIS_PHONE = env.str("CRISIS_PHONE", default="988")  # 988 Suicide & Crisis Lifeline: calls, texts
POISON_PHONE = env.str("POISON_PHONE", default="1-800-222-1222")  # Poison Help, America’s Poison Centers
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="mailto:security@example.org")
CHECK_OUTSIDE_LINKS = env.flag("CHECK_OUTSIDE_LINKS")  # lets `manage.py check_links` ask the addresses of others
SECURITY_POLICY = env.str("SECURITY_POLICY", default="")  # the address of a page on how reports are handled

# --- where we run -----------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
LINK_BASE = env.address("LINK_BASE", default="http://127.0.0.1:8000")  # what links in mails begin with, without SITE_URL
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or host_names(LINK_BASE)
LOCAL = is_this_machine(ALLOWED_HOSTS)
if DEBUG and not LOCAL:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS names more than this machine, and DEBUG shows code to visitors. Set DEBUG to False."
    )
SITE_URL = env.address("SITE_URL", default="" if LOCAL else f"https://{ALLOWED_HOSTS[0]}")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0, most=9)
SECRET_KEY = env.secret("SECRET_KEY", hosts=ALLOWED_HOSTS, folder=VAR_DIR)
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

INSTALLED_APPS = [
    "portal",
    "portal.staff.apps.PortalAdminConfig",
    "portal.transfer",
    "portal.pagecache",
    "portal.backup",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "csp",
    "js_asset",
    "django_prose_editor",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "foundation.pages",
    "foundation.links",
    "foundation.upkeep",
    "foundation.pictures",
    "foundation.search",
    "foundation.audit",
    "foundation.privacy",
    "foundation.outbox",
    "foundation.nightly",
    "foundation.adminkit",
    "directory",
    "guides",
    "conditions",
    "stories",
    "news",
    "appointments",
    "crispy_forms",
    "portal.staff.apps.StaffConfig",  # the last: it makes the roles once the permissions of all are there
]

MIDDLEWARE = [
    "portal.middleware.name_request",
    "portal.middleware.measure",
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.refused_codings",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.compress",
    "portal.middleware.cache_policy",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.language_from_path",
    "portal.middleware.tidy_address",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.middleware.ContentSecurityPolicy",
    "portal.middleware.unavailable_at_once",
    "portal.staff.session_gate.gate",
    "simple_history.middleware.HistoryRequestMiddleware",
]

TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ]
        },
    },
    {  # the text of mails, where nothing is HTML
        "NAME": "text",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"autoescape": False},
    },
]

# --- data -------------------------------------------------------------------------------------------------------------
VAR_DIR.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
DATABASE_PATIENCE = env.number("DATABASE_PATIENCE", default=0)  # seconds for one answer; set for web workers, by portal.wsgi
DATABASE_POOL = env.number("DATABASE_POOL", default=8, least=4)  # connections of a web worker to PostgreSQL
if _database["ENGINE"].endswith("sqlite3"):
    _database["ENGINE"] = "portal.server.sqlite3"
    _database["TEST"] = {"NAME": ":memory:"}  # as by default; pytest-django would take this engine's for a file
    _database.setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=DATABASE_PATIENCE or 20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        # The system keeps the file in memory for all: of each web thread's own copy 500 kB are enough.
        + (" PRAGMA cache_size=-500;" if DATABASE_PATIENCE else ""),
    )
    _database["CONN_MAX_AGE"] = 60  # seconds; to open the file costs as much as several questions
else:
    _database["HOST"] = unquote(_database["HOST"])  # a socket's folder, written as %2Frun%2Fpostgresql
    # A command has no pool: that waits long for a server that is away, and cannot say why.
    _database["CONN_MAX_AGE"] = 0 if DATABASE_PATIENCE else 60
    _database["CONN_HEALTH_CHECKS"] = True  # what a restart of PostgreSQL left dead in the pool is no family's first error
    _options = _database.setdefault("OPTIONS", {})
    # The server ends what nobody waits for any more, and a web worker's wait for a lock before its patience ends: in words.
    _limits = ["client_connection_check_interval=1000"]  # ms
    if DATABASE_PATIENCE:
        from portal.server.connection import Connection

        _limits.append(f"lock_timeout={int(DATABASE_PATIENCE * 800)}")
        _patient = {"timeout": 2, "reconnect_timeout": 1, "connection_class": Connection}  # docs/decisions/0012
        _options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL} | _patient
    _options["options"] = " ".join([_options.get("options", ""), *(f"-c {limit}" for limit in _limits)]).strip()
    _options.update(connect_timeout=2, tcp_user_timeout=5000)  # s and ms
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Nothing may rest on a cache that one worker or one machine has for itself: what must be counted is counted in the database.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "content": {"BACKEND": "portal.pagecache.content_cache.ContentCache"},  # true as long as the public content is the same
    # Parts of staff's pages that go by rights and address alone; some 3 MB a worker.
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 300}},
}
# Finished pages, in each worker's memory; 0: none.
PAGE_CACHE_MB = 0 if DEBUG else env.number("PAGE_CACHE_MB", default=64, most=100_000)

# --- appointment requests --------------------------------------------------------------------------------------------
FIELD_KEYS = env.keys("FIELD_KEYS", hosts=ALLOWED_HOSTS, folder=VAR_DIR)  # "name:key,…": the first seals, all open
INDEX_KEY = env.secret("INDEX_KEY", hosts=ALLOWED_HOSTS, folder=VAR_DIR)
# How far the audit record went, night by night.
AUDIT_HEADS = str(BASE_DIR / (env.str("AUDIT_HEADS", default="") or VAR_DIR / "audit-heads.txt"))
MESSAGE_HOST = env.str("MESSAGE_HOST", default="") or ("localhost" if LOCAL else ALLOWED_HOSTS[0])
# What was erased, outside the database (foundation/audit/erasures.py); on another disk, or with it goes what a restore must know.
ERASURE_LIST = BASE_DIR / (env.str("ERASURE_LIST", default="") or VAR_DIR / "erasures.list")
HUNDRED_YEARS = 36_500  # days
# From closing to erasing what a family told us.
RETENTION_DAYS = env.number("RETENTION_DAYS", default=90, least=1, most=HUNDRED_YEARS)
# For which a reader's answer to “Did this page help?” is kept.
FEEDBACK_DAYS = env.number("FEEDBACK_DAYS", default=365, least=1, most=HUNDRED_YEARS)
# For which a search or a code without a page is kept, from when it was asked last.
SEARCHES_DAYS = env.number("SEARCHES_DAYS", default=180, least=1, most=HUNDRED_YEARS)
# Years, in the hospital's state: who signs for a story.
AGE_OF_MAJORITY = env.number("AGE_OF_MAJORITY", default=18, least=1, most=30)
# Years: who decides about their own care, and asks for themselves.
AGE_OF_CONSENT = env.number("AGE_OF_CONSENT", default=18, least=1, most=30)
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "form"

# --- duties: what `check --deploy` reminds of (guides/checks.py) -------------------------------------------------------
LEFT_AT_DEFAULT = [name for name in ("AGE_OF_MAJORITY", "RETENTION_DAYS") if not env.str(name, default="")]
NOT_NEEDED = env.reasons("NOT_NEEDED")  # by duty, why this hospital does not have it

# --- backups (portal/backup) -------------------------------------------------------------------------------------------
# Public keys of age; who has one of the private keys can read it.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
BACKUP_PASSPHRASE = env.str("BACKUP_PASSPHRASE", default="")  # instead of them

# --- words and times --------------------------------------------------------------------------------------------------
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = env.zone("TIME_ZONE", default="America/New_York")

# --- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/pictures/"
_collected = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site's page needs them


def _no_frames(headers: Headers, path: str, url: str) -> None:
    headers["Content-Security-Policy"] = "frame-ancestors 'none'"  # as nginx says (deploy/nginx/portal-site.conf)


WHITENOISE_ADD_HEADERS_FUNCTION = _no_frames
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "portal.static_storage.CollectedStorage"
        if _collected or env.flag("COLLECTING")
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- staff sign-in ----------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "portal.staff.sign_in.CommonPairsValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "portal.staff.sign_in.OwnWordsValidator", "OPTIONS": {"min_length": 8}},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ACCOUNT_ADAPTER = "portal.staff.sign_in.StaffAccountAdapter"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # and no box that asks: a sign-in ends with the browser
MFA_TOTP_TOLERANCE = 1  # a code that changes while it is typed, or a clock that is a little off (RFC 6238, 5.2: one step)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "portal.staff.second_factors.StaffMFAAdapter"
MFA_FORMS = {
    "activate_totp": "portal.staff.second_factors.ActivateForm",
    "authenticate": "portal.staff.second_factors.AuthenticateForm",
    "reauthenticate": "portal.staff.second_factors.ReauthenticateForm",
    "add_webauthn": "portal.staff.second_factors.AddPasskeyForm",
    "authenticate_webauthn": "portal.staff.second_factors.PasskeyForm",
    "login_webauthn": "portal.staff.second_factors.PasskeySignInForm",
    "reauthenticate_webauthn": "portal.staff.second_factors.PasskeyAgainForm",
}
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # ours are counted in the database: portal.staff.sign_in
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds for which a proof counts as fresh
USERSESSIONS_ADAPTER = "portal.staff.sign_in.StaffSessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = True  # written by portal.staff.session_gate, once a minute
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 60 * env.number("STAFF_IDLE_MINUTES", default=15, least=1)
STAFF_SESSION_AGE = 3600 * env.number("STAFF_SESSION_HOURS", default=12, least=1)  # seconds, however busy
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- what browsers are told -------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],  # the nonce appears only on admin pages with an editor
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SILENCED_SYSTEM_CHECKS = ["security.W002"]  # frame-ancestors stands in the policy; no X-Frame-Options middleware
if not LOCAL:
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    MESSAGE_STORAGE = "portal.staff.messages.HostMessages"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- what a visitor may send ------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # an edition with many sections has several hundred

# --- what health records ask ------------------------------------------------------------------------------------------
CODE_SYSTEMS = env.code_systems("CODE_SYSTEMS")  # further names of code systems; `portal.infobutton` knows the usual ones

# --- what operators read ----------------------------------------------------------------------------------------------
READYZ_TOKEN = env.str("READYZ_TOKEN", default="")  # lets a monitor on another machine ask /readyz and /metrics
NIGHTLY = {
    "purge": 2,
    "backup": 2,
    "check_links": 2,
    "make_pictures": 2,
    "mail_figures": 8,
    "export_audit_head": 2,
    "verify_audit": 8,
}  # days until one is missed
SECRET_ADDRESSES = [  # what follows there is a secret, never logged
    *("/appointments/r/", "/appointments/visits/", "/drafts/", "/accounts/one-time/", "/accounts/invitation/")
]
LOG_FORMAT = env.choice("LOG_FORMAT", ["plain", "json"])
LOGGING = {  # one way out, scrubbed; no handler that mails what a visitor sent
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "foundation.request_id.RequestId"},
        "scrub": {"()": "foundation.privacy.scrub.Scrub"},
    },
    "formatters": {
        "plain": {
            "class": "portal.server.log_lines.PlainLines",
            "format": "{asctime} {levelname} {name} {request_id} {message}",
            "style": "{",
        },
        "json": {"()": "portal.server.log_lines.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id", "scrub"]},
    },
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", ["INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"])},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

# --- mail -------------------------------------------------------------------------------------------------------------
LINK_BASE = SITE_URL or LINK_BASE
EMAIL_TIMEOUT = 10  # seconds for each step of a sending; the outbox's lease is longer
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="") or f'"{SITE_NAME}" <appointments@{MESSAGE_HOST}>'
OPERATOR_MAIL = env.list("OPERATOR_MAIL", default=[])  # whom `manage.py alarm` tells that a nightly command failed
REPLY_TO = env.list("MAIL_REPLY_TO", default=[])
if LOCAL:
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", VAR_DIR / "mail"
if env.str("EMAIL_URL", default=""):
    vars().update(env.mail("EMAIL_URL"))
