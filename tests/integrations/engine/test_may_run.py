"""A sync that was handed out, and whose connection was stopped before the run began: it does not begin."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from integrations.engine.claim import claim
from integrations.models import Connection, Mode
from integrations.sandbox import Sandbox
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
