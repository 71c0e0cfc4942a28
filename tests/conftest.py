"""Fixtures that every room's tests share; what must run before Django's settings is in `tests.bringup`."""

import pytest
from django.db import connection

from tests.bringup.fresh import template


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Each worker's database is a copy of one that is migrated already."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template()
