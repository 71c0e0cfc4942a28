"""Between two tests that commit: every row goes, in milliseconds, and what the apps always have comes back.

Django truncates each table, makes all permissions anew and opens another connection, whose process must read
PostgreSQL's catalogues anew. That costs more than most of our tests do.
"""

import asyncio
from collections.abc import Iterator
from functools import cache

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

TEARDOWN = "_fixture_teardown"
CONNECTS_ANEW = "_should_reload_connections"
# They describe the tables, not what is in them.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def quick_cleaning() -> Iterator[None]:
    """In place of Django's flush, where the role of the test database is allowed to."""
    usual = getattr(TransactionTestCase, TEARDOWN)

    def teardown(test: TransactionTestCase) -> None:
        if _is_superuser():
            clean()
        else:
            usual(test)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, TEARDOWN, teardown)
        patch.setattr(TransactionTestCase, CONNECTS_ANEW, lambda _test: not _is_superuser() or _in_a_loop())
        yield


def clean() -> None:
    """Delete all rows but those of KEPT, put back what is always there, forget what the session was told."""
    with connection.cursor() as cursor:
        cursor.execute(_cleaning())
        cursor.execute("DISCARD ALL")
    connection.ensure_timezone()


@cache
def _cleaning() -> str:
    """One transaction; triggers that forbid it, and the order of foreign keys, are not asked.

    What the apps make after `migrate` is made by themselves once, and looked at.
    """
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    deletions = "; ".join(f"DELETE FROM {connection.ops.quote_name(each)}" for each in tables)
    emptying = f"SET LOCAL session_replication_role = replica; {deletions}"
    with connection.cursor() as cursor:
        cursor.execute(emptying)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    return "; ".join([emptying, *filter(None, map(_filling, tables))])


def _filling(table: str) -> str:
    """Puts the rows back that the table has now; empty for none."""
    name = sql.Identifier(table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT json_agg(one)::text FROM {} one").format(name))
        (rows,) = cursor.fetchone()
    put_back = "INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, {1})"
    return sql.SQL(put_back).format(name, rows).as_string() if rows else ""


@cache
def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _in_a_loop() -> bool:
    """While a browser is driven: Django's connection is the loop's then, and nobody would close it."""
    return asyncio._get_running_loop() is not None
