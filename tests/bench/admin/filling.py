"""A database of so many customers: made once, then used again where it is kept."""

import time

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tests.bench.admin.databases import Databases
from tests.bench.admin.desks import fill_desks
from tests.bench.admin.destinations import fill_destinations
from tests.bench.admin.people import fill_people
from tests.bench.rows import run, take_time


def prepared(url: str, *, customers: int) -> str:
    """The name of a filled database; it has this name only once it is whole."""
    name = f"customers_{customers}"
    with psycopg.connect(url, autocommit=True) as server:
        found = server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            began = time.perf_counter()
            half = sql.Identifier(f"{name}_half")
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(half))
            server.execute(sql.SQL("CREATE DATABASE {}").format(half))
            _fill(f"{name}_half", customers)
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(half, sql.Identifier(name)))
            print(f"{customers:,} customers filled in {time.perf_counter() - began:.0f} s", flush=True)
    with Databases(name) as databases, databases.using(name):
        take_time()
        call_command("migrate", verbosity=0, interactive=False)
    return name


def _fill(name: str, customers: int) -> None:
    with Databases(name) as databases, databases.using(name):
        take_time()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("load_catalog", "integrations/sandbox/catalog.toml", verbosity=0)
        # Rows are made from one another, so that looking up every foreign key again would only take time.
        run("SET session_replication_role = replica")
        fill_people(customers)
        fill_destinations(customers)
        run("SET session_replication_role = origin")
        run("DROP TABLE bench_person")
        run("VACUUM ANALYZE")
        fill_desks(customers)
        run("VACUUM ANALYZE")
        connection.close()
