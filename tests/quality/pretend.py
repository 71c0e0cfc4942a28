"""Run a command with made-up settings, so that tools can load Django without an account or a server.

Usage: python -m tests.quality.pretend development|production COMMAND...
"""

import os
import sys

from config.launch import values

# Nothing listens on port 9, so a tool that wants a server says so at once.
NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
PRODUCTION = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "office.example.com",
    "BASE_URL": "https://office.example.com",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TERM", "VIRTUAL_ENV", "TMPDIR")


def settings(environment: str) -> dict[str, str]:
    """Made-up values of a development or a production deployment."""
    return values.made_up() | NOWHERE | (PRODUCTION if environment == "production" else {})


def main(environment: str, *command: str) -> None:
    """Become the command; of the shell's variables it sees only the harmless ones."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.execvpe(command[0], command, kept | settings(environment))


if __name__ == "__main__":
    main(*sys.argv[1:])
