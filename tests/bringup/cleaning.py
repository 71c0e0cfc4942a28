"""Between two tests that commit: every row goes, in milliseconds, and what the apps always have comes back.

Django truncates each table and then makes all permissions anew, which costs more than most of our tests do.
"""

from collections.abc import Iterator

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import TransactionTestCase

TEARDOWN = "_fixture_teardown"
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
        yield


def clean() -> None:
    """Delete all rows but those of KEPT, in one round trip; triggers that forbid it are not asked."""
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    deletions = "; ".join(f"DELETE FROM {connection.ops.quote_name(each)}" for each in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {deletions}")
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(
        create_permissions, dispatch_uid=f"{create_permissions.__module__}.create_permissions"
    )
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _is_superuser() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])
