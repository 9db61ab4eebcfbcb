"""Settings shared by all environments; dev, test and production extend them."""

from datetime import timedelta

from csp.constants import NONE, SELF

from crm.settings import databases, environment
from crm.settings.dashboard import UNFOLD as UNFOLD
from crm.settings.environment import BASE_DIR, VAR_DIR, env
from crm.settings.logs import configure_structlog, logging_config

DEBUG = False
CRM_DEMO = environment.CRM_DEMO
WEB_THREADS = environment.WEB_THREADS
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

# --- Apps -------------------------------------------------------------------------------

# Templates and commands of an earlier app take precedence over those of a later one.
INSTALLED_APPS = [
    "crm.console",
    "crm.approvals",
    "loyalty",
    "customers",
    "crm.runs",
    "crm.audit",
    "crm.tenancy",
    "crm.dialects",
    "crm.ops",
    # Basic: the site is ours, not Unfold's.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "crm.console.apps.DashboardConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "csp",
    "health_check",
    "django_prometheus",
    "django_structlog",
]

MIDDLEWARE = [
    "crm.ops.request_trace.RequestTrace",
    "crm.ops.request_metrics.RequestMetrics",
    "django.middleware.security.SecurityMiddleware",
    "crm.ops.page_middleware.WhiteNoise",
    "crm.ops.page_middleware.Common",
    "crm.ops.page_middleware.Session",
    "django.middleware.csrf.CsrfViewMiddleware",
    "crm.ops.page_middleware.Authentication",
    "crm.ops.page_middleware.Messages",
    "crm.ops.staff_language.StaffLanguage",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "crm.ops.page_middleware.ContentSecurityPolicy",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

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
            ]
        },
    }
]

# --- Storage ----------------------------------------------------------------------------

DATABASES = {"default": databases.database()}
CACHES = {"default": databases.make_optional(databases.cache())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = environment.working_directory("static")
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": environment.media_storage(),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# How long a link to a picture is valid, in seconds.
IMAGE_LINK_LIFETIME = environment.read_positive("IMAGE_LINK_LIFETIME_SECONDS", 3600)

# Uploads stream to a file beside the media, so that storing one is a rename. All other bodies
# have the size limit of the API.
FILE_UPLOAD_HANDLERS = ["crm.ops.uploads.BoundedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = environment.working_directory("uploads")
FILE_UPLOAD_PERMISSIONS = 0o640
UPLOAD_MAX_BYTES = 1024**3
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FILES = 10
# "Select all" on a long list page posts a field per row.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Messages to customers --------------------------------------------------------------

# EMAIL_URL such as smtp+tls://user:password@mail.example.com:587; in the demo mails are logged.
vars().update(env.email_url("EMAIL_URL", default="consolemail://" if CRM_DEMO else "dummymail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="crm@localhost")
SMS_GATEWAY = env.str(
    "SMS_GATEWAY",
    default="crm.messaging.sms.ConsoleGateway" if CRM_DEMO else "crm.messaging.sms.NoGateway",
)
# For crm.messaging.sms.HttpGateway: templates with $to and $text.
SMS_HTTP_URL = env.str("SMS_HTTP_URL", default="")
SMS_HTTP_HEADERS = env.json("SMS_HTTP_HEADERS", default={})
SMS_HTTP_BODY = env.str("SMS_HTTP_BODY", default="")

# --- Language and time ------------------------------------------------------------------

# The API always speaks English; staff choose one of these.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "crm/locale"]
FORMAT_MODULE_PATH = ["crm.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Authentication ---------------------------------------------------------------------

AUTH_USER_MODEL = "tenancy.StaffUser"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
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
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Locks out a guesser, but not a user at another address with the same name.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
# Its pages would show the log-ins of all organizations.
AXES_ENABLE_ADMIN = False
AXES_IPWARE_PROXY_COUNT = env.int("PROXY_COUNT", default=0) or None

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "crm.ops.error_answers.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API --------------------------------------------------------------------------------

# The base view of each dialect sets its own parsers, renderers and authentication. These
# defaults are for a view that does not, and deny access.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "crm.dialects.api_page.schema.DialectSchema",
    "UNAUTHENTICATED_USER": None,
    # The number of our own proxies that append to X-Forwarded-For; earlier values are not trusted.
    "NUM_PROXIES": env.int("PROXY_COUNT", default=0),
}
TOKEN_LIFETIME = timedelta(seconds=environment.read_positive("TOKEN_LIFETIME_SECONDS", 3600))
# Calls per hour of each log-in to an operation, unless its organization has its own rate limit;
# "*" is all operations together. Other operations have no limit of their own.
RATE_LIMITS = {
    "*": environment.read_positive("RATE_LIMIT_PER_HOUR", 200_000),
    # The reference's own limit for writing cards.
    "cards.add": 1_000,
    "cards.addSeries": 1_000,
    "cards.generate": 1_000,
    "cards.update": 1_000,
    "cards.updateMany": 1_000,
    "cards.updateSeries": 1_000,
    # And for identifiers.
    "customers.changeIdentifier": 1_000,
    # And for referrals.
    "referrals.add": 1_000,
    "referrals.addMany": 1_000,
    "referrals.list": 1_000,
    "v1.customer.refer": 1_000,
    "v1.customer.referrals": 1_000,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Customer and loyalty CRM",
    "VERSION": "2.0",
    "DESCRIPTION": (
        "Log in with **Authorize**: a till's code and password, or a token of"
        " `POST /v3/oauth/token/generate`.\n\nEvery refusal has a code:"
        " [the list of codes](/api/docs/errors). Unknown keys in a body are ignored. Every answer"
        " carries its request id in `X-Cap-RequestId`.\n\nv2 speaks JSON. v1.1 speaks XML and JSON:"
        " it reads what `Content-Type` says, and answers what `?format=` says, else `Accept`, else"
        " JSON. Its answers are HTTP 200 for whatever can be read; `status` sums up the items, and"
        " each has its `item_status`."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "filter": True, "docExpansion": "list"},
    "SCHEMA_PATH_PREFIX": "/v[0-9.]+",
    # Choices stay where they are used: hoisted, "true" and "false" of many would need names.
    "POSTPROCESSING_HOOKS": [],
    "PATH_CONVERTER_OVERRIDES": {"id": {"type": "integer", "format": "int64", "minimum": 1}},
}

# --- Background work and monitoring -----------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LOGGING = logging_config(
    level=env.str("LOG_LEVEL", default="INFO"), readable=env.bool("LOG_READABLE", default=False)
)
configure_structlog()
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

# Without a token /metrics responds with 404, except in the demo.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
PROMETHEUS_EXPORT_MIGRATIONS = False
