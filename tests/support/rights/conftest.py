"""Every test here asks the database; its groups are those of a deployment."""

import logging
from collections.abc import Iterator

import pytest

import config.middleware  # noqa: F401  (it dates sessions; a client loads it with its first request only)


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    """`migrate` made them, and cleaning puts them back."""


@pytest.fixture
def _quiet() -> Iterator[None]:
    """A thousand refusals, each with its traceback, would take longer than the requests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
