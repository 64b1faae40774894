"""All settings, from the environment. What is not set falls back to the embedded servers and the safe choice."""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from kombu import Queue

from airbrush import laptop

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = laptop.data_folder(os.environ)
AIRBRUSH_CHECKPOINT = env("AIRBRUSH_CHECKPOINT", default="starter")

# --- Security ---------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
#: Whether browsers reach the site through HTTPS. `manage.py up` switches it off for an address on this machine.
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECRET_KEY = env("SECRET_KEY", default="") or laptop.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if not DEBUG and (len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure-")):
    raise ImproperlyConfigured("Set SECRET_KEY to a random text of 50 characters or more.")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
#: Somebody may have picked that many images one by one.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

#: Bytes of one uploaded file; of one body with files, which is refused elsewhere; and of all that one person may bring.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MEGABYTES", default=50) * 1024**2
UPLOAD_MAX_BODY = 10 * UPLOAD_MAX_BYTES
UPLOAD_MAX_BYTES_PER_USER = env.int("UPLOAD_MAX_GIGABYTES_PER_USER", default=50) * 1024**3
UPLOAD_MAX_IMAGES_PER_USER = env.int("UPLOAD_MAX_IMAGES_PER_USER", default=20_000)

AWS_STORAGE_BUCKET_NAME = env("AWS_STORAGE_BUCKET_NAME", default="")
AWS_S3_ENDPOINT_URL = env("AWS_S3_ENDPOINT_URL", default=None)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *env.list("CSP_IMG_SRC", default=[])],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Application ------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "airbrush",
    "accounts",
    "gallery",
    "generation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "taggit",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "airbrush.middleware.body_limit",
]

ROOT_URLCONF = "airbrush.urls"
WSGI_APPLICATION = "airbrush.wsgi.application"
ASGI_APPLICATION = "airbrush.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TAGGIT_CASE_INSENSITIVE = True

# --- Data stores ------------------------------------------------------------------------------------------------------

if env("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
else:
    DATABASES = {"default": laptop.database(DATA_DIR)}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
#: Compiling a query, or starting helpers for it, takes longer than any of ours runs. A vector index is walked on until
#: enough images have passed the filters. What is searched lies in memory, so a page costs little wherever it is.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options",
    "-c jit=off -c max_parallel_workers_per_gather=0 -c hnsw.iterative_scan=relaxed_order -c hnsw.ef_search=1000"
    " -c random_page_cost=0.5 -c seq_page_cost=0.5",
)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env("CACHE_URL", default="") or laptop.cache_url(DATA_DIR),
    }
}

MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

STORAGES = {
    "default": {"BACKEND": "gallery.storage.DurableStorage", "OPTIONS": {"base_url": None}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if AWS_STORAGE_BUCKET_NAME:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": 300,
            "file_overwrite": False,
            "signature_version": "s3v4",
        },
    }

# --- Accounts ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = reverse_lazy("generation:studio")
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("gallery:landing")

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Airbrush <airbrush@localhost>")

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
#: The name under which the site itself owns the demo images.
ACCOUNT_USERNAME_BLACKLIST = ["airbrush"]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"add_email": "accounts.forms.ChangeAddressForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Airbrush] "
#: Addresses are verified as soon as real mail is configured; only then can an address be kept secret from strangers.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if env("EMAIL_URL", default="") else "optional"
ACCOUNT_PREVENT_ENUMERATION = "strict" if env("EMAIL_URL", default="") else True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "signup": env("SIGNUP_RATE_LIMIT", default="5/h/ip"),
    #: Pictures sent to search by, of people known here and of others; all of these together, as the cache keeps them.
    "search_picture": "30/m/user,500/d/user",
    "search_picture_anonymous": "10/m/ip,100/d/ip,3000/d/key",
}

# --- Jobs -------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="") or laptop.broker_url(DATA_DIR)
CELERY_TASK_QUEUES = [Queue("render"), Queue("embed"), Queue("default")]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "generation.tasks.render_next": {"queue": "render"},
    "generation.tasks.embed_*": {"queue": "embed"},
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "generation.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "suggest-tags": {"task": "generation.tasks.embed_keywords", "schedule": 300.0, "options": {"expires": 300}},
    "sweep-uploads": {"task": "gallery.tasks.sweep_uploads", "schedule": 60.0, "options": {"expires": 60}},
    "renditions": {"task": "gallery.tasks.make_missing_renditions", "schedule": 60.0, "options": {"expires": 60}},
    "tag-counts": {"task": "gallery.tasks.compact_tag_counts", "schedule": 300.0, "options": {"expires": 300}},
    "purge-trash": {"task": "gallery.tasks.purge", "schedule": 86_400.0},
}

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
#: A job whose worker died is found by its lease; giving the message back would start a poisonous job without end.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_SOFT_TIME_LIMIT = 600
CELERY_TASK_TIME_LIMIT = 660
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
#: Loading a large checkpoint takes longer than the four seconds that Celery gives a new process by default.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 300
CELERY_WORKER_MAX_TASKS_PER_CHILD = env.int("WORKER_MAX_TASKS_PER_CHILD", default=200) or None
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
if CELERY_BROKER_URL.startswith(("amqp", "pyamqp")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}

#: Whom the library tells that there are images without an embedding.
GALLERY_EMBED_TASK = "generation.tasks.embed_missing"
#: A worker that has not renewed its lease for this long has lost its job to the next one.
GENERATION_LEASE_SECONDS = env.float("GENERATION_LEASE_SECONDS", default=60)
GENERATION_HEARTBEAT_SECONDS = env.float("GENERATION_HEARTBEAT_SECONDS", default=15)
#: A queued job whose wake-up message is older than this is announced again.
GENERATION_REPUBLISH_SECONDS = env.float("GENERATION_REPUBLISH_SECONDS", default=30)
GENERATION_MAX_ATTEMPTS = env.int("GENERATION_MAX_ATTEMPTS", default=3)
GENERATION_MAX_RUNNING_PER_USER = env.int("GENERATION_MAX_RUNNING_PER_USER", default=2)
GENERATION_MAX_QUEUED_PER_USER = env.int("GENERATION_MAX_QUEUED_PER_USER", default=20)

# --- Search -----------------------------------------------------------------------------------------------------------

#: How long, in seconds, a page waits for the meaning of its words before it answers from the words alone.
SEARCH_PATIENCE = env.float("SEARCH_PATIENCE", default=0.2)

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
