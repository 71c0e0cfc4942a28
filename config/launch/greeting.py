"""Once the product answers: sample customers, then where to look and what to try."""

import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

import django
from django.core.management import call_command, get_commands

PATIENCE_SECONDS = 60.0

TEXT = """
Launch Ready is running. Ctrl-C stops everything.

  Back office  {BASE_URL}/admin/   login {DEVELOPMENT_LOGIN}   password {DEVELOPMENT_PASSWORD}
  Sandbox      {SANDBOX_URL}/   a local Stripe, Circle and Kit

Three things to try:
  1. In the sandbox press "checkout": within seconds a paid customer is in the back office,
     in their Circle group and tagged in Kit.
  2. Press "cancels" for that customer: the access goes, the history stays.
  3. Press "break Circle", check out again and watch the retries on the customer's page; then "heal".
"""


def main() -> None:
    """Wait, seed, greet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for address in (f"{os.environ['SANDBOX_URL']}/", f"{os.environ['BASE_URL']}/healthz"):
        wait_for(address)
    django.setup()
    if "seed_demo" in get_commands():
        call_command("seed_demo")
    print(greeting(os.environ), flush=True)


def greeting(environ: Mapping[str, str]) -> str:
    """The text with this run's addresses and login."""
    return TEXT.format_map(environ)


def wait_for(address: str) -> None:
    """Return when something answers there, whatever it says."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own http address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"Nothing answers at {address}; the lines above say why.")


if __name__ == "__main__":
    main()
