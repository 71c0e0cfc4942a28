"""A stocked sandbox behind a real socket, and a caller for each provider."""

from collections.abc import Iterator

import pytest

from integrations.sandbox import Sandbox, SandboxServer
from tests.integrations.sandbox.caller import Caller


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.stocked()


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    server = SandboxServer(sandbox)
    yield server.start()
    server.stop()


@pytest.fixture
def stripe(url: str) -> Iterator[Caller]:
    caller = Caller(f"{url}/stripe/v1", header="Authorization", credential="Bearer sk")
    with caller.session:
        yield caller


@pytest.fixture
def circle(url: str) -> Iterator[Caller]:
    caller = Caller(f"{url}/circle/api/admin/v2", header="Authorization", credential="Token circle")
    with caller.session:
        yield caller


@pytest.fixture
def kit(url: str) -> Iterator[Caller]:
    caller = Caller(f"{url}/kit/v4", header="X-Kit-Api-Key", credential="kit")
    with caller.session:
        yield caller
