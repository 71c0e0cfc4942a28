"""Databases with tables and no rows: copies of one that is migrated once for each state of the migrations."""

import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
ONE_AT_A_TIME = 20261128  # of the workers of a run; the others find what the first one made


@contextmanager
def fresh_database() -> Iterator[str]:
    """A migrated database in the server of this run, for rows that must not meet those of other tests."""
    name = _named()
    _ask("CREATE DATABASE {} TEMPLATE {}", name, template())
    try:
        yield _url(name)
    finally:
        _ask("DROP DATABASE {} WITH (FORCE)", name)


@cache
def template() -> str:
    """The name of a database that has all tables; nobody is connected to it."""
    name = f"launch_ready_{_migrations()}"
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            _make(name)
    return name


def _make(name: str) -> None:
    """Under its name only when it is whole."""
    draft = _named()
    _ask("CREATE DATABASE {} TEMPLATE template0", draft)
    environ = os.environ | {"DATABASE_URL": _url(draft)}
    command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)
    _ask("ALTER DATABASE {} RENAME TO {}", draft, name)


def _migrations() -> str:
    """Sixteen hexadecimal digits that change with the migrations, ours and those of the pinned packages."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for file in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _named() -> str:
    return f"launch_ready_{uuid.uuid4().hex[:12]}"


def _url(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _ask(statement: str, *names: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
