"""Fixtures of the integrations tests."""

import pytest

from integrations.sandbox import Sandbox
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox

__all__ = ["buyer", "catalog", "sandbox"]


@pytest.fixture
def buyer(sandbox: Sandbox, catalog: Catalog) -> Buyer:
    """Somebody whom Circle and Kit do not know yet."""
    return Buyer("ada@example.com")
