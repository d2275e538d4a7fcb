"""Aura's settings: read from the environment, wrong values refused. docs/settings.md explains each."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from aura import keys
from aura.kit import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = keys.data_dir()
ENVIRONMENT = env.choice("AURA_ENV", "production", ["production", "test"])
TESTING = ENVIRONMENT == "test"
DEBUG = env.flag("AURA_DEBUG", False)

if env.text("AURA_FAILPOINTS") and not TESTING:
    raise ImproperlyConfigured("AURA_FAILPOINTS breaks things on purpose. Unset it, or set AURA_ENV=test.")

# Secrets ---------------------------------------------------------------------------------------------------------

SECRET_KEY = env.text("AURA_SECRET_KEY") or keys.read("secret_key")
AURA_SECRET_KEYS = env.words("AURA_SECRET_KEYS") or keys.read("secret_keys").split()
if DEBUG or TESTING:
    SECRET_KEY = SECRET_KEY or "only-for-debug-and-tests-" + "x" * 40
    AURA_SECRET_KEYS = AURA_SECRET_KEYS or [
        base64.urlsafe_b64encode(b"only-for-debug-and-tests".ljust(32)).decode()
    ]
if len(SECRET_KEY) < 40 or len(set(SECRET_KEY)) < 8:
    raise ImproperlyConfigured(
        "AURA_SECRET_KEY is missing or too short. Set at least 40 random characters, or AURA_DATA_DIR to the folder "
        f"that holds them, which now is {DATA_DIR}. In a new one, `python -m aura.keys` makes them."
    )
if not AURA_SECRET_KEYS:
    raise ImproperlyConfigured("AURA_SECRET_KEYS is missing. Run `python -m aura.keys`, or set Fernet keys.")

# Address and transport -------------------------------------------------------------------------------------------

PORT = env.number("PORT", 8000, least=1, most=65535)
AURA_BIND = env.text("AURA_BIND", "127.0.0.1")
_URL = env.web_address("AURA_URL", f"http://127.0.0.1:{PORT}")
AURA_URL = f"{_URL.scheme}://{_URL.netloc}"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SECURE = _URL.scheme == "https"
if not SECURE and _URL.hostname not in _LOOPBACK and not env.flag("AURA_INSECURE_HTTP", False):
    raise ImproperlyConfigured(
        f"AURA_URL is {AURA_URL}: passwords would travel in the clear. Use https, or set AURA_INSECURE_HTTP=1."
    )
ALLOWED_HOSTS = [_URL.hostname or "", *env.words("AURA_HOSTS"), *sorted(_LOOPBACK - {"::1"}), "[::1]"]
CSRF_TRUSTED_ORIGINS = [AURA_URL]
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("AURA_HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.flag("AURA_HSTS_PRELOAD", False)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = env.number("AURA_TRUSTED_PROXIES", 0, least=0, most=5)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE and TRUSTED_PROXIES else None
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains speaks for hosts that are not ours: opt-in by AURA_HSTS_SUBDOMAINS
    "security.W021",  # preload is for the domain's owner to ask for: opt-in by AURA_HSTS_PRELOAD
]
if not SECURE:
    # On loopback, or where the operator said AURA_INSECURE_HTTP=1: there is no TLS to require.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-aura" if SECURE else "aura"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.number("AURA_SESSION_HOURS", 336, least=1, most=8760) * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
AURA_SESSION_IDLE_HOURS = env.number("AURA_SESSION_IDLE_HOURS", 12, least=1, most=8760)
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Application -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "posts",
    "campaigns",
    "media_library",
    "imports",
    "workspaces",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "aura",
]
MIDDLEWARE = [
    "aura.logs.RequestLogMiddleware",
    "workspaces.api.problems.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "aura.programs.ProgramMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "aura.kit.compress.CompressPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "aura.kit.files.BodyCapMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "workspaces.middleware.PersonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "aura.kit.htmx.HtmxResponseMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "workspaces.middleware.WorkspaceMiddleware",
    "workspaces.middleware.RejectedFormMiddleware",
    "aura.kit.problems.ProblemsMiddleware",
]
# What a call with a credential passes in place of what follows ProgramMiddleware above.
PROGRAM_MIDDLEWARE = [
    "aura.kit.compress.CompressPagesMiddleware",
    "aura.kit.files.BodyCapMiddleware",
    "workspaces.middleware.WorkspaceMiddleware",
    "aura.kit.problems.ProblemsMiddleware",
]
ROOT_URLCONF = "aura.urls"
WSGI_APPLICATION = "aura.wsgi.application"
# URL namespaces that exist only below /w/<slug>/; all others exist only outside it (the admin on both sides).
WORKSPACE_NAMESPACES = {"workspace", "imports", "media", "campaigns", "posts"}
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
                "workspaces.context.shell",
            ],
            "builtins": ["aura.kit.templatetags.ui", "workspaces.templatetags.workspace"],
            "libraries": {"ui": "aura.kit.templatetags.ui"},
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["aura.formats"]  # how the admin writes dates
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Data ------------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR}/aura.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {
        "NAME": str(DATA_DIR / "tmp" / "test.sqlite3")
    }  # on disk: threads share it
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured(f"REDIS_URL is {REDIS_URL!r}. Write redis://host:6379/0, or unset it.")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "aura_cache",
        # So that a flood of tries does not push out the counts of limits.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

AURA_STORAGE = env.choice("AURA_STORAGE", "local", ["local", "s3"])
AURA_STORAGE_FROM = env.choice("AURA_STORAGE_FROM", "", ["", "local", "s3"])
MEDIA_ROOT = DATA_DIR / "media"


def _storage(kind: str) -> dict[str, Any]:
    if kind == "local":
        return {"BACKEND": "aura.kit.files.DurableFileSystemStorage"}
    bucket, endpoint = env.text("AURA_S3_BUCKET"), env.text("AURA_S3_ENDPOINT")
    if not bucket:
        raise ImproperlyConfigured("Files are to be in s3 and AURA_S3_BUCKET is missing. Name the bucket.")
    from boto3.s3.transfer import TransferConfig  # heavy imports that only S3 needs
    from botocore.config import Config as BotoConfig

    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": env.text("AURA_S3_REGION", "us-east-1"),
        "access_key": env.text("AURA_S3_ACCESS_KEY") or None,
        "secret_key": env.text("AURA_S3_SECRET_KEY") or None,
        "querystring_expire": 300,
        "file_overwrite": False,
        # By itself it holds ten parts of 8 MB on their way up, and a whole file on its way down, in memory.
        "transfer_config": TransferConfig(use_threads=False),
        "max_memory_size": 5_000_000,
        "default_acl": None,
        # boto waits 60 s and tries 5 times by itself, longer than any request may take (trust.md F28)
        "client_config": BotoConfig(
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 2},
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


STORAGES: dict[str, dict[str, Any]] = {
    "default": _storage(AURA_STORAGE),
    "staticfiles": {"BACKEND": "aura.kit.styles.StyleStorage"},
}
if AURA_STORAGE_FROM:
    if AURA_STORAGE_FROM == AURA_STORAGE:
        raise ImproperlyConfigured(
            "AURA_STORAGE_FROM names where files come from and AURA_STORAGE where they go. Give them different ones."
        )
    STORAGES |= {"new": STORAGES["default"], "old": _storage(AURA_STORAGE_FROM)}
    STORAGES["default"] = {"BACKEND": "aura.kit.moving.MovingStorage"}
WHITENOISE_USE_FINDERS = DEBUG or TESTING  # nothing was collected: serve what the source tree holds
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no page of another site needs ours
if WHITENOISE_USE_FINDERS:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
AURA_MEDIA_DIRECT = env.flag("AURA_MEDIA_DIRECT", True)
AURA_MEDIA_SERVE = env.choice("AURA_MEDIA_SERVE", "view", ["view", "x-accel", "redirect"])
if AURA_MEDIA_SERVE == "redirect" and AURA_STORAGE != "s3":
    raise ImproperlyConfigured("AURA_MEDIA_SERVE=redirect needs AURA_STORAGE=s3. Use view or x-accel.")


def _hosts_of_the_store() -> list[str]:
    endpoint = urlsplit(env.text("AURA_S3_ENDPOINT"))
    if endpoint.netloc:
        return [f"{endpoint.scheme}://{endpoint.netloc}"]
    bucket, region = env.text("AURA_S3_BUCKET"), env.text("AURA_S3_REGION", "us-east-1")
    return [f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com"]


if AURA_MEDIA_SERVE == "redirect":  # a browser asks its policy about the address that it is led to as well
    for directive in ("img-src", "media-src"):
        CONTENT_SECURITY_POLICY["DIRECTIVES"][directive] += _hosts_of_the_store()
if AURA_MEDIA_DIRECT and AURA_STORAGE == "s3" and not AURA_STORAGE_FROM:  # browsers post files there
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"] = [SELF, *_hosts_of_the_store()]
if AURA_MEDIA_SERVE == "x-accel" and AURA_STORAGE != "local":
    raise ImproperlyConfigured("AURA_MEDIA_SERVE=x-accel needs AURA_STORAGE=local. Use view or redirect.")
if AURA_MEDIA_SERVE != "view" and AURA_STORAGE_FROM:
    raise ImproperlyConfigured(
        "While files move (AURA_STORAGE_FROM), only Aura knows where each is. Use AURA_MEDIA_SERVE=view."
    )

# Processes and logs ----------------------------------------------------------------------------------------------

AURA_WEB_PROCESSES = env.number("AURA_WEB_PROCESSES", 1, least=1, most=64)
AURA_WEB_THREADS = env.number("AURA_WEB_THREADS", 8, least=1, most=64)
AURA_CELERY_PROCESSES = env.number("AURA_CELERY_PROCESSES", 2, least=1, most=64)
AURA_READY_QUEUE_SECONDS = env.number("AURA_READY_QUEUE_SECONDS", 120, least=10, most=86_400)
AURA_DEMO = env.flag("AURA_DEMO", True)
LOGGING_CONFIG = "aura.logs.configure"
LOGGING = {
    "format": env.choice("AURA_LOG_FORMAT", "text", ["text", "json"]),
    "level": env.choice("AURA_LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]),
}

# Uploads and limits ----------------------------------------------------------------------------------------------

FILE_UPLOAD_HANDLERS = ["aura.kit.files.CapHandler"]
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 600  # 500 things of the library at once, and what is to be done with them
DATA_UPLOAD_MAX_NUMBER_FILES = 100
AURA_MAX_IMAGE_MB = env.number("AURA_MAX_IMAGE_MB", 10, least=1, most=200)
AURA_MAX_VIDEO_MB = env.number("AURA_MAX_VIDEO_MB", 200, least=1, most=2_000)
AURA_MAX_MEGAPIXELS = env.number("AURA_MAX_MEGAPIXELS", 64, least=1, most=400)
AURA_FACE_DETECTOR = env.program("AURA_FACE_DETECTOR")
AURA_MAX_ZIP_MB = env.number("AURA_MAX_ZIP_MB", 200, least=1, most=2_000)
AURA_IMPORT_MB = env.number("AURA_IMPORT_MB", 50, least=1, most=1_000)
AURA_IMPORT_ROWS = env.number("AURA_IMPORT_ROWS", 1_000_000, least=1, most=10_000_000)
AURA_MEDIA_QUOTA_MB = env.number("AURA_MEDIA_QUOTA_MB", 0, least=0, most=100_000_000)
AURA_MEDIA_PER_POST = env.number("AURA_MEDIA_PER_POST", 5, least=1, most=35)
AURA_EGRESS_ALLOW = env.endpoints("AURA_EGRESS_ALLOW")
AURA_NETWORK_URLS = {
    "bluesky": env.web_address("AURA_BLUESKY_URL", "https://bsky.social").geturl().rstrip("/"),
    "bluesky.video": env.web_address("AURA_BLUESKY_VIDEO_URL", "https://video.bsky.app").geturl().rstrip("/"),
    "linkedin": env.web_address("AURA_LINKEDIN_URL", "https://api.linkedin.com").geturl().rstrip("/"),
    "linkedin.signin": env.web_address("AURA_LINKEDIN_SIGNIN_URL", "https://www.linkedin.com")
    .geturl()
    .rstrip("/"),
    "facebook": env.web_address("AURA_FACEBOOK_URL", "https://graph.facebook.com").geturl().rstrip("/"),
    "facebook.signin": env.web_address("AURA_FACEBOOK_SIGNIN_URL", "https://www.facebook.com")
    .geturl()
    .rstrip("/"),
    "facebook.upload": env.web_address("AURA_FACEBOOK_UPLOAD_URL", "https://rupload.facebook.com")
    .geturl()
    .rstrip("/"),
    "facebook.video": env.web_address("AURA_FACEBOOK_VIDEO_URL", "https://graph-video.facebook.com")
    .geturl()
    .rstrip("/"),
    "instagram": env.web_address("AURA_INSTAGRAM_URL", "https://graph.instagram.com").geturl().rstrip("/"),
    "instagram.signin": env.web_address("AURA_INSTAGRAM_SIGNIN_URL", "https://www.instagram.com")
    .geturl()
    .rstrip("/"),
    "instagram.token": env.web_address("AURA_INSTAGRAM_TOKEN_URL", "https://api.instagram.com")
    .geturl()
    .rstrip("/"),
    "threads": env.web_address("AURA_THREADS_URL", "https://graph.threads.net").geturl().rstrip("/"),
    "threads.signin": env.web_address("AURA_THREADS_SIGNIN_URL", "https://threads.net").geturl().rstrip("/"),
    "pinterest": env.web_address("AURA_PINTEREST_URL", "https://api.pinterest.com").geturl().rstrip("/"),
    "pinterest.signin": env.web_address("AURA_PINTEREST_SIGNIN_URL", "https://www.pinterest.com")
    .geturl()
    .rstrip("/"),
    "x": env.web_address("AURA_X_URL", "https://api.x.com").geturl().rstrip("/"),
    "x.signin": env.web_address("AURA_X_SIGNIN_URL", "https://x.com").geturl().rstrip("/"),
}
AURA_NETWORK_APPS = {
    network: keys_of_app
    for network, *keys_of_app in (
        ("linkedin", env.text("AURA_LINKEDIN_APP_ID"), env.text("AURA_LINKEDIN_APP_SECRET")),
        ("facebook", env.text("AURA_FACEBOOK_APP_ID"), env.text("AURA_FACEBOOK_APP_SECRET")),
        ("instagram", env.text("AURA_INSTAGRAM_APP_ID"), env.text("AURA_INSTAGRAM_APP_SECRET")),
        ("threads", env.text("AURA_THREADS_APP_ID"), env.text("AURA_THREADS_APP_SECRET")),
        ("pinterest", env.text("AURA_PINTEREST_APP_ID"), env.text("AURA_PINTEREST_APP_SECRET")),
        ("x", env.text("AURA_X_APP_ID"), env.text("AURA_X_APP_SECRET")),
    )
    if any(keys_of_app)
}
for _network, _keys in AURA_NETWORK_APPS.items():
    if not all(_keys):
        _name = f"AURA_{_network.upper()}_APP"
        raise ImproperlyConfigured(f"{_name}_ID and {_name}_SECRET belong together. Set both, or neither.")
AURA_CHECK_LINKS = env.flag("AURA_CHECK_LINKS", True)
AURA_SPACING_SECONDS = env.number("AURA_SPACING_SECONDS", 30, least=0, most=3600)
AURA_PUBLISH_LEASE_SECONDS = env.number("AURA_PUBLISH_LEASE_SECONDS", 120, least=5, most=3600)
AURA_RECONCILE_SECONDS = env.numbers("AURA_RECONCILE_SECONDS", [10, 60, 300, 1800], least=1, most=86400)
AURA_ABSENT_SECONDS = env.number("AURA_ABSENT_SECONDS", 60, least=1, most=3600)
AURA_WEBHOOK_TRY_DAYS = env.number("AURA_WEBHOOK_TRY_DAYS", 3, least=1, most=14)
AURA_WEBHOOK_OFF_DAYS = env.number("AURA_WEBHOOK_OFF_DAYS", 5, least=1, most=30)
AURA_WEBHOOK_KEEP_DAYS = env.number("AURA_WEBHOOK_KEEP_DAYS", 30, least=1, most=365)
AURA_WORK_THREADS = env.number("AURA_WORK_THREADS", 4, least=1, most=32)

# People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "workspaces.User"
AURA_SIGNUP = env.choice("AURA_SIGNUP", "invited", ["open", "invited", "closed"])
AURA_ACCESS_MINUTES = env.number("AURA_ACCESS_MINUTES", 15, least=1, most=60)
AURA_REFRESH_DAYS = env.number("AURA_REFRESH_DAYS", 14, least=1, most=365)
AURA_API_SESSION_DAYS = env.number("AURA_API_SESSION_DAYS", 90, least=1, most=730)
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # the suite signs in thousands of times
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "workspaces.passwords.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "workspaces.passwords.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "workspaces.passwords.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "workspaces.accounts.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "workspaces.forms.SignupNameForm"
ACCOUNT_RATE_LIMITS = {  # tries / window / counted per address, account or key
    "login": "60/5m/ip",
    "sign_in": "9/10m/ip,9/15m/key",
    "sign_in_known": "9/15m/key",
    "refresh_program": "120/5m/ip",
    "login_failed": "9/10m/ip,9/15m/key",
    "reset_password": "9/5m/ip,5/5m/key",
    "reset_password_from_key": "20/5m/ip",
    "signup": "9/5m/ip",
    "reauthenticate": "9/5m/user",
    "change_password": "9/5m/user",
    "manage_email": "9/5m/user",
    "invite": "30/1h/user",
    "open_invitation": "30/5m/ip",
    "calendar_feed": "240/1h/ip,60/1h/key",
    "client_review": "600/1h/ip",
    "client_password": "30/15m/ip,10/15m/key",
}
AURA_API_LIMITS = {  # of one credential, by kind of call: calls, in so many seconds
    "calls": (env.number("AURA_API_CALLS_PER_MINUTE", 600, least=1, most=1_000_000), 60),
    "publishing": (env.number("AURA_API_PUBLISHING_PER_HOUR", 20, least=1, most=1_000_000), 3600),
}
MFA_ADAPTER = "workspaces.accounts.MFAAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # without a mail server nobody could have a second factor
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Aura"

EMAIL_URL = env.text("EMAIL_URL")
for _name, _value in env.mail_server("EMAIL_URL").items():
    globals()[_name] = _value
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "optional"  # kept mails must not lock anybody out
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("AURA_MAIL_FROM", f"Aura <aura@{_URL.hostname}>")
