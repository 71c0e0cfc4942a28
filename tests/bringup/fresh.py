"""Databases with tables and no rows, for processes whose rows must not meet those of other tests."""

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


@contextmanager
def fresh_database() -> Iterator[str]:
    """A migrated database in the server of this run; it is gone after the block."""
    name = _create(template=_template())
    try:
        yield _url(name)
    finally:
        _ask("DROP DATABASE {} WITH (FORCE)", name)


@cache
def _template() -> str:
    """Migrated once for each process of a run; it goes with the run's server."""
    name = _create(template="template0")
    environ = os.environ | {"DATABASE_URL": _url(name)}
    command = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)
    return name


def _create(*, template: str) -> str:
    name = f"launch_ready_{uuid.uuid4().hex[:12]}"
    _ask("CREATE DATABASE {} TEMPLATE {}", name, template)
    return name


def _url(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _ask(statement: str, *names: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
