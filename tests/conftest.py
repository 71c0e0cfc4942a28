"""Fixtures that every room's tests share; what must run before Django's settings is in `tests.bringup`."""

import gc

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from integrations import bulkhead
from tests.bringup.fresh import template

# How long an example takes says how busy the machine is. Where time is a promise, a test measures it itself.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """What is imported by now stays: to look through it for garbage again and again costs 6 % of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Each worker's database is a copy of one that is migrated already."""
    connection.settings_dict["TEST"]["TEMPLATE"] = template()


@pytest.fixture(autouse=True)
def _nobody_doubts_the_database() -> None:
    """A test before may have made this process doubt it: then it lets only one at a time ask."""
    bulkhead.database = bulkhead.Bulkhead()
