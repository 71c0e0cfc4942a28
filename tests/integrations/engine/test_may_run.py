"""Who may begin: nobody whose connection was stopped after the hand-out, and one suspect at a time."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.engine.claim import claim
from integrations.models import Connection, Mode, Sync
from integrations.sandbox import Sandbox
from integrations.slots import SUSPECT_DEATHS
from tests.sandbox_world import Buyer, Catalog

pytestmark = pytest.mark.django_db
AHEAD, PAST = Now() + timedelta(minutes=1), Now() - timedelta(minutes=1)
GOES = {"mode": Mode.LIVE, "paused_at": None, "pause_reason": "", "wait_until": None, "open_until": None}


@pytest.mark.parametrize(
    "stopped",
    [
        {"mode": Mode.OFF},
        {"paused_at": PAST, "pause_reason": "key"},
        {"wait_until": AHEAD},
        {"open_until": AHEAD},
        {"wait_until": PAST, "open_until": AHEAD},
        {"wait_until": AHEAD, "open_until": PAST},
    ],
    ids=["off", "paused", "told to wait", "breaker open", "waited, but open", "closed, but told to wait"],
)
def test_nobody_runs_while_the_connection_is(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, stopped: dict[str, object]
) -> None:
    buyer.buys("pro")
    circle = Connection.objects.filter(pk=catalog.circle.pk)
    circle.update(**stopped)
    assert claim(buyer.sync("circle").pk) is None
    assert claim(buyer.sync("kit").pk), "the other connection goes on"

    circle.update(**GOES)
    assert claim(buyer.sync("circle").pk)


def test_whoever_has_waited_runs(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    buyer.buys("pro")
    Connection.objects.filter(pk=catalog.circle.pk).update(wait_until=PAST, open_until=PAST)

    assert claim(buyer.sync("circle").pk)


@pytest.mark.parametrize("first", ["circle", "kit"])
def test_a_suspect_and_who_is_none_run_side_by_side(sandbox: Sandbox, buyer: Buyer, first: str) -> None:
    buyer.buys("pro")
    Sync.objects.filter(pk=buyer.sync("circle").pk).update(crash_count=SUSPECT_DEATHS)

    for kind in (first, "kit" if first == "circle" else "circle"):
        assert claim(buyer.sync(kind).pk)


def test_two_suspects_take_turns(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    Sync.objects.all().update(crash_count=SUSPECT_DEATHS)

    assert claim(buyer.sync("circle").pk)
    assert claim(buyer.sync("kit").pk) is None
