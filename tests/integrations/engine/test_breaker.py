"""The breaker: a provider that is down is left alone, and welcomed back gently."""

import pytest

from integrations.limits import limit_of
from integrations.models import SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(sandbox: Sandbox, catalog: Catalog) -> list[Buyer]:
    """Thirty buyers while Circle is down."""
    people = [Buyer(f"p{number}@example.com") for number in range(30)]
    sandbox.circle.fail(kind="down")
    for each in people:
        each.buys("pro")
    drain()
    return people


def test_ten_straight_failures_open_it(sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog) -> None:
    assert len(sandbox.journal.calls("circle")) == 10
    catalog.circle.refresh_from_db()
    assert catalog.circle.open_until is not None
    assert all(each.sync("kit").status == SyncStatus.IN_SYNC for each in crowd)


def test_an_open_breaker_lets_one_probe_through_each_half_minute(
    sandbox: Sandbox, crowd: list[Buyer]
) -> None:
    for _ in range(20):
        later(seconds=10)

    assert 10 + 5 <= len(sandbox.journal.calls("circle")) <= 10 + 8


def test_an_hour_of_outage_makes_no_dead_letter_and_everybody_gets_in(
    sandbox: Sandbox, crowd: list[Buyer]
) -> None:
    for _ in range(120):
        later(seconds=31)
    calls = len(sandbox.journal.calls("circle"))
    assert calls <= 150
    assert {each.sync("circle").status for each in crowd} <= {SyncStatus.PENDING, SyncStatus.RETRYING}
    assert max(each.sync("circle").attempt_count for each in crowd) <= 1

    sandbox.circle.heal()
    for _ in range(6):
        later(minutes=16)

    assert sandbox.circle.members_of(101) == {each.email for each in crowd}
    assert len(sandbox.circle.invitations) == 30


def test_after_the_first_success_it_rests_before_it_goes_on(
    sandbox: Sandbox, crowd: list[Buyer], catalog: Catalog
) -> None:
    sandbox.circle.heal()
    before = len(sandbox.journal.calls("circle"))

    later(seconds=31)
    assert len(sandbox.journal.calls("circle")) == before + 1
    catalog.circle.refresh_from_db()
    assert catalog.circle.tokens <= -8 * limit_of(catalog.circle).rate

    later(seconds=10)
    assert len(sandbox.journal.calls("circle")) > before + 1
