"""Trying a connection: one call, an answer in words, and nothing changed."""

import pytest

from integrations import connectors, pausing
from integrations.connectors.health import WELL
from integrations.models import Connection
from integrations.sandbox import Sandbox
from tests.sandbox_world import Catalog

pytestmark = pytest.mark.django_db
KINDS = ("circle", "kit", "stripe")


@pytest.mark.parametrize("kind", KINDS)
def test_a_connection_that_works_says_so_in_one_call(sandbox: Sandbox, catalog: Catalog, kind: str) -> None:
    found = connectors.health(Connection.objects.get(slug=kind))

    assert (found.ok, found.words) == (True, WELL)
    assert 0 <= found.duration_ms < 15_000
    assert len(sandbox.journal.calls(kind)) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_trouble_is_told_in_words_and_never_raised(
    sandbox: Sandbox, catalog: Catalog, kind: str, status: int
) -> None:
    getattr(sandbox, kind).fail(status)

    found = connectors.health(Connection.objects.get(slug=kind))

    assert not found.ok
    assert found.words.endswith(".")
    assert Connection.objects.get(slug=kind).paused_at is None


def test_a_paused_connection_can_be_tried_with_its_new_key_before_it_goes_on(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    pausing.pause(catalog.kit.pk, reason="key_refused")

    assert connectors.health(catalog.kit).ok
    catalog.kit.refresh_from_db()
    assert catalog.kit.pause_reason == "key_refused"


def test_without_its_key_or_when_told_to_wait_no_call_is_made(sandbox: Sandbox, catalog: Catalog) -> None:
    catalog.kit.credential = "A_KEY_THAT_NOBODY_SET"
    assert connectors.health(catalog.kit).words == "The connection's key is not set in the environment."

    Connection.objects.filter(pk=catalog.circle.pk).update(wait_until="2100-01-01T00:00Z")
    assert connectors.health(catalog.circle).words == "The provider asked us to wait."
    assert sandbox.journal.calls() == []
