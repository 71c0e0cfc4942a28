"""`make run`: values, PostgreSQL, tables and samples, then all processes until Ctrl-C."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from config.launch import values
from config.launch.leftovers import MARK, end_leftovers
from config.launch.ports import free_port
from config.launch.postgres import EmbeddedPostgres
from config.launch.procfile import commands
from config.launch.signals import Signals
from config.launch.supervisor import Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / ".dev"
VALUES = DEV / "values.env"


def main() -> int:
    """Run until told to stop; whatever happens, nothing is left running."""
    if os.environ.get("ENVIRONMENT", "development") != "development":
        print("make run is for development; in production run the Procfile's processes.")
        return 2
    DEV.mkdir(exist_ok=True)
    with (DEV / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Launch Ready is already running from this folder; stop it there with Ctrl-C.")
            return 1
        end_leftovers(ROOT)
        return _run(Signals())


def _run(signals: Signals) -> int:
    postgres = EmbeddedPostgres(DEV / "postgres")
    try:
        environ = _environment(postgres, signals=signals)
        prepare = [sys.executable, "-m", "config.launch.prepare"]
        subprocess.run(prepare, cwd=ROOT, env=environ, check=True, start_new_session=True)
        return Supervisor(_children(environ), signals=signals, cwd=ROOT).run()
    except subprocess.CalledProcessError:
        print("Launch Ready could not be prepared; the reason is above.")
        return 1
    finally:
        with signals.held():
            postgres.stop()


def _environment(postgres: EmbeddedPostgres, *, signals: Signals) -> dict[str, str]:
    """What every process gets: kept made-up values, then the shell's, then where things run this time."""
    kept = values.made_up() | values.read(VALUES)
    kept.pop("DATABASE_URL", None)
    here = _addresses()
    if "DATABASE_URL" not in os.environ:
        print("Starting PostgreSQL ...", flush=True)
        with signals.held():
            kept["DATABASE_URL"] = postgres.start()
    values.write(VALUES, values=kept | here)  # for `manage.py` in a second terminal
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    fixed = {"PATH": path, "PYTHONUNBUFFERED": "1", MARK: str(ROOT)}
    # One web process starts faster, and is plenty for one person.
    return {"WEB_WORKERS": "1"} | kept | os.environ | here | fixed


def _addresses() -> dict[str, str]:
    """Where this run listens. The providers are always the sandbox's: no real account is ever reached."""
    web = free_port(int(os.environ.get("PORT") or 8000))
    sandbox = f"http://127.0.0.1:{free_port(int(os.environ.get('SANDBOX_PORT') or 9100))}"
    return {
        "PORT": str(web),
        "BASE_URL": f"http://127.0.0.1:{web}",
        "SANDBOX_URL": sandbox,
        "STRIPE_API_BASE": f"{sandbox}/stripe",
        "CIRCLE_API_BASE": f"{sandbox}/circle/api/admin/v2",
        "KIT_API_BASE": f"{sandbox}/kit/v4",
    }


def _children(environ: Mapping[str, str]) -> list[Child]:
    sandbox = environ["SANDBOX_URL"]
    office = environ["BASE_URL"]
    line = (
        f"python manage.py sandbox --port {sandbox.rpartition(':')[2]} --state .dev/sandbox.json"
        f" --webhook-url {office}/api/webhooks/stripe --office-url {office}/admin/"
    )
    procfile = commands(ROOT / "Procfile")
    return [
        Child("sandbox", command=line, environ=environ),
        *(Child(name, command=procfile[name], environ=environ) for name in ("web", "worker", "beat")),
        Child("", command="python -m config.launch.greeting", environ=environ, once=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
