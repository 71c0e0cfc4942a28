"""The environment every test runs in: made up, and blind to whatever the shell holds."""

import atexit
import shutil
import tempfile
from collections.abc import MutableMapping

from config.launch import values

# Nothing listens on port 9: a test that forgets the sandbox fails at once and reaches nobody.
NOWHERE = "http://127.0.0.1:9"
BASES = {
    "BASE_URL": "http://testserver",
    "STRIPE_API_BASE": NOWHERE,
    "CIRCLE_API_BASE": f"{NOWHERE}/api/admin/v2",
    "KIT_API_BASE": f"{NOWHERE}/v4",
}
NOT_FOR_TESTS = [
    "REDIS_URL",
    "STRIPE_ACCOUNT",
    "SENTRY_DSN",
    "ALERT_EMAILS",
    "ALERT_WEBHOOK_URL",
    "RELEASE_VERSION",
]


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set what the settings read; a worker of a parallel run keeps what its controller chose."""
    if "PYTEST_XDIST_WORKER" in environ:
        return
    for name in NOT_FOR_TESTS:
        environ.pop(name, None)
    environ.update(values.made_up() | BASES)
    environ["BROKER_FOLDER"] = folder = tempfile.mkdtemp(prefix="launch-ready-test-broker-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environ["ALLOWED_HOSTS"] = "127.0.0.1,localhost,testserver"
