"""Fixtures that every room's tests share; what must run before Django's settings is in `tests.bringup`."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from tests.bringup.fresh import template

# How long an example takes says how busy the machine is. Where time is a promise, a test measures it itself.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Each worker's database is a copy of one that is migrated already."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template()
