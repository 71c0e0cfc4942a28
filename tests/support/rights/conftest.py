"""The groups as a deployment has them; a test before may have emptied every table."""

import logging
from collections.abc import Iterator

import pytest
from django.apps import apps

import config.middleware  # noqa: F401  (it dates sessions; a client loads it with its first request only)
from support import rights


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    rights.keep_groups(apps.get_app_config("support"))


@pytest.fixture
def _quiet() -> Iterator[None]:
    """A thousand refusals, each with its traceback, would take longer than the requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
