"""Once the product answers: sample customers, then where to look and what to try."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

PATIENCE_SECONDS = 60.0

TEXT = """
Launch Ready is running. Ctrl-C stops everything.

  Back office  {BASE_URL}/admin/   login {DEVELOPMENT_LOGIN}   password {DEVELOPMENT_PASSWORD}
  Sandbox      {SANDBOX_URL}/   a local Stripe, Circle and Kit

Three things to try:
  1. In the back office open "Dead letters": Circle and Kit had no room for two sample customers.
     They have room again: press Replay and watch them heal.
  2. In the sandbox press "checkout": within seconds a paid customer is in the back office, in their
     Circle group and tagged in Kit. Press "cancels" for them: the access goes, the history stays.
  3. Press "break Circle", check out again and watch the retries on the customer's page; then "heal".

From here on, requests that go well are not listed.
"""


def main() -> None:
    """Wait, seed, greet."""
    for address in (f"{os.environ['SANDBOX_URL']}/", f"{os.environ['BASE_URL']}/healthz"):
        wait_for(address)
    if subprocess.run([sys.executable, "manage.py", "seed_demo"], check=False).returncode:
        print("The sample customers could not be made; the lines above say why.", flush=True)
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
