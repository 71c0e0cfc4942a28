"""An hour without Circle while everybody's state changes: few calls, one alert, then only the last truth."""

from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from customers.models import Customer
from integrations import heartbeat
from integrations.models import Connection, Outcome, PlanMapping, Sync, SyncAttempt, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.alerts.evaluation import evaluate
from support.alerts.sending import send_due
from support.models import Alert, AlertMessage
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
STEPS = 6  # of ten minutes
GROUP = "/access_groups/{access_group_id}/community_members"


@pytest.fixture
def groups_only(catalog: Catalog, settings: Settings) -> None:
    """One call is one effect; Kit is not part of this."""
    settings.ALERT_EMAILS = ["founder@example.com"]
    PlanMapping.objects.filter(connection=catalog.circle).update(options={"access_groups": [101]})
    Connection.objects.filter(pk=catalog.kit.pk).update(mode="off")


def look() -> None:
    """The alerts are asked for, with a worker and a clock process alive."""
    for role in ("sweeper", "worker", "beat"):
        heartbeat.beat(role)
    assert evaluate()
    send_due()


def change(buyer: Buyer, number: int, step: int) -> None:
    """Every fifth person only gets another name; the others come and go."""
    if number % 5 == 0:
        Customer.objects.filter(pk=buyer.row.pk).update(name=f"Name {step}")
        buyer.recompute()
    elif buyer.row.grants:
        buyer.cancels("pro")
    else:
        buyer.buys("pro", subject=f"sub_{number}_{step}")
    buyer.row.refresh_from_db()


def changed_groups(sandbox: Sandbox) -> Iterator[str]:
    """The address of each call that put somebody into a group or out of it."""
    for call in sandbox.journal.calls("circle", GROUP):
        if call.effect:
            address = call.body.get("email") or call.query.get("email")
            yield str(address[0] if isinstance(address, list) else address)


def buyers(count: int) -> list[Buyer]:
    """Some who are in, some who never bought."""
    people = [Buyer(f"p{number}@example.com") for number in range(count)]
    for number, each in enumerate(people):
        if number % 2 or number % 5 == 0:
            each.buys("pro")
            each.row.refresh_from_db()
    return people


def pass_an_hour(people: list[Buyer]) -> None:
    """Each changes up to six times while nothing gets through."""
    for step in range(STEPS):
        for number, each in enumerate(people):
            if step < number % 7:
                change(each, number, step)
        for _ in range(20):
            later(seconds=31)
        look()


def assert_removals_before_grants(waiting: dict[int, int], *, since: int) -> None:
    # A profile that nothing follows from at Circle asks it nothing, and waits for nobody.
    done = SyncAttempt.objects.filter(pk__gt=since, outcome=Outcome.APPLIED).exclude(steps=[])
    order = [waiting[each] for each in done.order_by("pk").values_list("sync_id", flat=True)]
    assert order == sorted(order)
    assert set(order) == {SyncPriority.REVOKE, SyncPriority.GRANT}


@pytest.mark.parametrize("count", [35, pytest.param(500, marks=pytest.mark.chaos)])
def test_an_hour_without_circle(sandbox: Sandbox, groups_only: None, count: int) -> None:
    people = buyers(count)
    drain()
    before = sandbox.circle.members_of(101)
    sandbox.journal.clear()
    sandbox.circle.fail(kind="down")

    pass_an_hour(people)

    assert len(sandbox.journal.calls("circle")) <= 150
    assert set(Alert.objects.values_list("key", flat=True)) == {"breaker_open:circle"}
    assert not Sync.objects.filter(status=SyncStatus.DEAD_LETTER).exists()
    waiting = dict(Sync.objects.exclude(status=SyncStatus.IN_SYNC).values_list("pk", "priority"))
    last = SyncAttempt.objects.latest("id").pk
    sandbox.journal.clear()
    sandbox.circle.heal()

    waited = 0
    while Sync.objects.filter(connection__kind="circle").exclude(status=SyncStatus.IN_SYNC).exists():
        later(seconds=10)
        waited += 10
    look()

    # The test's limit is so high that calls take no time: what is left is the patience beside it.
    assert waited <= 60
    paying = {each.email for each in people if each.row.grants}
    assert sandbox.circle.members_of(101) == paying
    effects = Counter(changed_groups(sandbox))
    assert set(effects) == paying ^ before
    assert max(effects.values()) == 1
    assert_removals_before_grants(waiting, since=last)
    assert [each.key for each in Alert.objects.exclude(closed_at=None)] == ["breaker_open:circle"]
    assert Alert.objects.count() == 1
    assert sorted(AlertMessage.objects.values_list("occasion", flat=True)) == ["opened", "recovered"]
