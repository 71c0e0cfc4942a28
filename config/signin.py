"""How staff sign in: passwords, lock-out, second factor, and how long a session lives."""

from datetime import timedelta

AUTHENTICATION_BACKENDS = ["config.backends.LockedOut", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- Lock-out: 5 wrong passwords or codes of one user from one address, for 15 minutes ---

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_IPWARE_META_PRECEDENCE_ORDER = ("REMOTE_ADDR",)  # set by RealPeer; forwarded headers can be forged
AXES_RESET_ON_SUCCESS = False  # the right password must not clear the wrong codes: support/factors.py clears
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nothing is written for who is locked out already
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it, and nobody can change that
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken"]
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "config.errors.same_as_wrong_password"

# --- Second factor ---

OTP_TOTP_ISSUER = "Launch Ready"

# --- Sessions ---

SESSION_COOKIE_AGE = 30 * 60  # idle limit: every request moves it
SESSION_SAVE_EVERY_REQUEST = True
SESSION_ABSOLUTE_AGE = 12 * 60 * 60
REAUTHENTICATION_AGE = 10 * 60  # for acts that ask who you are
