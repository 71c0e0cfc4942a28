"""The newest truth wins: replays, shadows, holds and changes that come while a run is under way."""

import pytest

from customers.models import ReviewItem
from customers.vocabulary import CauseKind, ReviewKind
from integrations import deadletters, pausing, slots
from integrations.models import (
    Connection,
    HoldReason,
    Mode,
    Outcome,
    PlanMapping,
    Sync,
    SyncPriority,
    SyncStatus,
)
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


def test_replaying_an_old_grant_does_not_let_a_canceled_customer_back_in(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    sandbox.circle.fail(422)
    buyer.buys("pro")
    drain()
    buyer.cancels("pro")
    drain()
    sandbox.circle.heal()

    outcome = deadletters.revive(Sync.objects.all())
    drain()

    assert len(outcome.queued) + len(outcome.left) == 2
    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_a_second_replay_of_the_same_dead_letter_does_nothing(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.fail(422)
    buyer.buys("pro")
    drain()
    dead = Sync.objects.filter(status=SyncStatus.DEAD_LETTER)
    wanted = list(dead)

    first, second = deadletters.revive(wanted), deadletters.revive(wanted)

    assert first.queued == [buyer.sync("circle").pk]
    assert second.left == {buyer.sync("circle").pk: "already queued"}


def test_a_new_desired_state_revives_a_dead_letter_with_fresh_tries(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.fail(422, times=1)
    buyer.buys("starter")
    drain()
    assert buyer.sync("circle").status == SyncStatus.DEAD_LETTER

    buyer.buys("pro")
    assert buyer.sync("circle").status == SyncStatus.PENDING
    drain()

    assert sandbox.circle.members_of(101) == sandbox.circle.members_of(102) == {buyer.email}


def test_shadow_computes_and_sends_nothing_until_it_goes_live(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    pausing.set_mode(catalog.circle.pk, Mode.SHADOW)
    buyer.buys("pro")
    drain()

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason) == (SyncStatus.ON_HOLD, HoldReason.SHADOW)
    assert sync.desired["groups"] == [101]
    assert sync.attempts.get().outcome == Outcome.SHADOW
    assert sandbox.journal.calls("circle") == []

    pausing.set_mode(catalog.circle.pk, Mode.LIVE)
    drain()
    assert sandbox.circle.members_of(101) == {buyer.email}


def test_what_changed_while_a_connection_was_off_is_applied_at_the_version_of_now(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    drain()
    pausing.set_mode(catalog.circle.pk, Mode.OFF)
    buyer.cancels("pro")

    pausing.set_mode(catalog.circle.pk, Mode.LIVE)
    drain()

    buyer.row.refresh_from_db()
    sync = buyer.sync("circle")
    assert sandbox.circle.members_of(101) == set()
    assert sync.applied_version == sync.desired_version == buyer.row.version


def test_a_connection_that_is_off_gets_no_syncs_and_runs_none(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(mode=Mode.OFF)
    buyer.buys("pro")
    Connection.objects.filter(pk=catalog.circle.pk).update(mode=Mode.OFF)

    drain()

    assert list(Sync.objects.values_list("connection__kind", "status")) == [("circle", "pending")]
    assert sandbox.journal.calls() == []


def test_a_revoke_goes_before_grants_and_grants_before_profiles(sandbox: Sandbox, catalog: Catalog) -> None:
    lapsed, fresh, renamed = (Buyer(f"{name}@example.com") for name in ("lapsed", "fresh", "renamed"))
    lapsed.buys("pro")
    renamed.buys("pro")
    drain()
    renamed.touch()
    fresh.buys("pro")
    lapsed.cancels("pro")

    order: list[int] = []
    while handed := slots.hand_out(1):
        order += handed

    kinds = Sync.objects.in_bulk(order)
    assert [kinds[each].priority for each in order] == [
        SyncPriority.REVOKE, SyncPriority.REVOKE, SyncPriority.GRANT, SyncPriority.GRANT,
        SyncPriority.PROFILE, SyncPriority.PROFILE,
    ]  # fmt: skip
    assert {kinds[each].customer_id for each in order[:2]} == {lapsed.row.pk}


def test_an_old_profile_change_is_as_urgent_as_a_grant(sandbox: Sandbox, catalog: Catalog) -> None:
    old, fresh = Buyer("old@example.com"), Buyer("fresh@example.com")
    old.buys("pro")
    drain()
    old.touch()
    Sync.objects.update(due_at="2026-01-01T00:00Z", status=SyncStatus.PENDING)
    fresh.buys("pro")

    handed = Sync.objects.in_bulk(slots.hand_out(2))

    assert {each.customer_id for each in handed.values()} == {old.row.pk}


def test_urgency_never_falls_while_it_waits(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    buyer.cancels("pro")
    buyer.touch()

    assert buyer.sync("circle").priority == SyncPriority.REVOKE


def test_what_was_handed_out_is_not_handed_out_again_for_ten_seconds(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")

    assert len(slots.hand_out(9)) == 2
    assert slots.hand_out(9) == []
    assert later(seconds=11) == 2


def test_a_change_of_the_catalogue_makes_its_customers_due(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    other = Buyer("other@example.com")
    other.buys("starter")
    drain()
    mapping = catalog.circle.mappings.get(plan__slug="pro")
    mapping.options = {"access_groups": [101, 103]}
    mapping.save()

    assert want_all([catalog.circle.pk], ["pro"]) == 1
    drain()

    assert sandbox.circle.members_of(103) == {buyer.email}
    assert sandbox.circle.tags_of(buyer.email) == set()


def test_removing_more_than_twenty_at_once_by_a_bulk_cause_is_held_and_asked_about(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(24)]
    for each in people:
        each.buys("starter")
    drain()
    for each in people:
        each.cancels("starter", cause=CauseKind.BULK)
    drain()

    assert len(sandbox.circle.members_of(102)) == 4
    held = Sync.objects.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    assert held.filter(connection=catalog.circle).count() == 4
    items = ReviewItem.objects.filter(kind=ReviewKind.HELD_REMOVAL)
    assert {item.evidence["connection"] for item in items} == {"circle", "kit"}

    deadletters.revive(held)
    drain()
    assert sandbox.circle.members_of(102) == set()


@pytest.mark.slow
def test_a_catalogue_change_that_takes_access_from_many_is_held_when_it_is_computed(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(24)]
    for each in people:
        each.buys("starter")
    drain()
    PlanMapping.objects.filter(connection=catalog.circle).update(options={"access_groups": [103]})
    want_all([catalog.circle.pk], ["starter"])

    drain()

    assert len(sandbox.circle.members_of(102)) == 4
    assert len(sandbox.circle.members_of(103)) == 24
    assert ReviewItem.objects.get(kind=ReviewKind.HELD_REMOVAL).evidence == {"connection": "circle"}


@pytest.mark.slow
def test_a_removal_by_its_own_fact_is_never_held(sandbox: Sandbox, catalog: Catalog) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(24)]
    for each in people:
        each.buys("starter")
    drain()
    for each in people:
        each.cancels("starter")
    drain()

    assert sandbox.circle.members_of(102) == set()
