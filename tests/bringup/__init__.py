"""Loaded before Django's settings: made-up values, one real PostgreSQL, loopback only, a loud end."""

import os

import pytest

from tests.bringup import environment

environment.prepare(os.environ)

from tests.bringup import database  # noqa: E402
from tests.bringup.capabilities import pytest_report_header, pytest_terminal_summary  # noqa: E402
from tests.bringup.cleaning import quick_cleaning  # noqa: E402
from tests.bringup.loopback import refuse_the_outside  # noqa: E402
from tests.bringup.redis import redis_url  # noqa: E402

WORKERS_PER_CORE = 2  # most tests wait for processes, pages and answers most of the time


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means here."""
    return WORKERS_PER_CORE * (os.cpu_count() or 1)


database.choose(os.environ)
refuse_the_outside()

__all__ = [
    "pytest_report_header",
    "pytest_terminal_summary",
    "pytest_xdist_auto_num_workers",
    "quick_cleaning",
    "redis_url",
]
