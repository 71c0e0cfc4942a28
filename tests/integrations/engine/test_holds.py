"""What staff set aside: snoozes that end, people on hold, and removals that wait for an answer."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from customers.vocabulary import CauseKind
from integrations import deadletters, pausing
from integrations.models import HoldReason, Mode, Outcome, PlanMapping, Sync, SyncPriority, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.wanting import want_all
from tests.integrations.engine.crowds import given_up, removed_in_bulk
from tests.sandbox_world import Buyer, Catalog

pytestmark = pytest.mark.django_db
HELD = (SyncStatus.ON_HOLD, HoldReason.HELD_BY_STAFF)
WAITS = (SyncStatus.ON_HOLD, HoldReason.MASS_REMOVAL)


def state(buyer: Buyer, kind: str = "circle") -> tuple[str, str]:
    sync = buyer.sync(kind)
    return sync.status, sync.reason


def test_a_snoozed_dead_letter_runs_again_when_its_time_has_come(sandbox: Sandbox, buyer: Buyer) -> None:
    dead = given_up(sandbox, buyer)
    outcome = deadletters.snooze([dead], until=datetime.now(UTC) + timedelta(days=3))
    drain()
    assert (outcome.snoozed, state(buyer)) == ([dead.pk], (SyncStatus.ON_HOLD, HoldReason.SNOOZED))

    Sync.objects.filter(pk=dead.pk).update(held_until=Now())
    drain()

    assert state(buyer) == (SyncStatus.IN_SYNC, "")
    assert buyer.sync("circle").held_until is None


def test_an_ignored_dead_letter_waits_until_somebody_releases_it(sandbox: Sandbox, buyer: Buyer) -> None:
    dead = given_up(sandbox, buyer)
    deadletters.snooze([dead], until=None)
    drain()
    assert sandbox.circle.members_of(101) == set()

    assert deadletters.release([dead]).queued == [dead.pk]
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


def test_a_new_desired_state_ends_a_snooze(sandbox: Sandbox, buyer: Buyer) -> None:
    deadletters.snooze([given_up(sandbox, buyer)], until=None)
    buyer.buys("starter")
    drain()

    assert sandbox.circle.groups_of(buyer.email) == {101, 102}


def test_only_what_was_given_up_can_be_snoozed_and_only_holds_released(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    dead = given_up(sandbox, buyer)
    kit = buyer.sync("kit")

    assert deadletters.snooze([kit], until=None).left == {kit.pk: "already in sync"}
    assert deadletters.release([dead]).left == {dead.pk: "given up, not on hold"}


def test_a_person_on_hold_is_given_nothing_through_new_states_until_released(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    drain()
    sandbox.journal.clear()

    assert len(deadletters.hold(buyer.row.pk)) == 2
    assert deadletters.hold(buyer.row.pk) == []
    buyer.buys("pro")
    buyer.touch()
    drain()

    assert state(buyer) == state(buyer, "kit") == HELD
    assert sandbox.journal.calls() == []
    left = deadletters.revive(Sync.objects.filter(customer=buyer.row)).left
    assert set(left.values()) == {"held by staff: release the person first"}

    assert len(deadletters.release_customer(buyer.row.pk)) == 2
    drain()
    assert sandbox.circle.groups_of(buyer.email) == {101, 102}


def test_a_verified_end_is_taken_from_a_person_on_hold_and_nothing_is_given(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    drain()
    deadletters.hold(buyer.row.pk)
    buyer.buys("pro")
    buyer.cancels("starter")
    drain()

    assert sandbox.circle.groups_of(buyer.email) == set()
    assert state(buyer) == state(buyer, "kit") == HELD
    assert buyer.sync("circle").attempts.latest("id").outcome == Outcome.HELD


def test_a_removal_under_way_goes_on_when_the_person_is_put_on_hold(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    buyer.cancels("pro")
    deadletters.hold(buyer.row.pk)
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert state(buyer) == HELD


def test_a_connection_that_comes_later_finds_the_person_on_hold(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    pausing.set_mode(catalog.circle.pk, Mode.OFF)
    buyer.buys("pro")
    drain()
    deadletters.hold(buyer.row.pk)

    pausing.set_mode(catalog.circle.pk, Mode.LIVE)
    drain()

    assert sandbox.journal.calls("circle") == []
    assert state(buyer) == HELD


@pytest.mark.slow
def test_a_grant_reaches_somebody_whose_removal_is_held_and_takes_nothing(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    held = removed_in_bulk("starter")[-1]
    held.buys("pro")
    drain()

    assert sandbox.circle.groups_of(held.email) == {101, 102}
    assert sandbox.kit.tags_of(held.email) >= {"plan: pro", "plan: starter"}
    assert state(held) == state(held, "kit") == WAITS

    deadletters.revive(Sync.objects.filter(customer=held.row))
    drain()
    assert sandbox.circle.groups_of(held.email) == {101}
    assert state(held) == (SyncStatus.IN_SYNC, "")


@pytest.mark.slow
def test_a_name_change_or_a_replay_of_the_dead_does_not_release_a_held_removal(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    held = removed_in_bulk("starter")[-1]
    held.touch()
    want_all([catalog.circle.pk, catalog.kit.pk])
    drain()
    assert state(held) == state(held, "kit") == WAITS

    sandbox.circle.fail(422, times=1)
    held.buys("pro")
    drain()
    deadletters.revive([held.sync("circle")])
    drain()

    assert sandbox.circle.groups_of(held.email) == {101, 102}


@pytest.mark.slow
def test_a_verified_end_of_one_plan_is_never_held_and_leaves_the_other_held(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    held = removed_in_bulk("starter", also="pro")[-1]
    assert sandbox.circle.groups_of(held.email) == {101, 102}

    held.cancels("pro")
    drain()
    assert sandbox.circle.groups_of(held.email) == set()  # nothing gives access any more: all of it ended


@pytest.mark.slow
def test_a_verified_end_beside_a_living_plan_takes_only_its_own(sandbox: Sandbox, catalog: Catalog) -> None:
    held = removed_in_bulk("starter", also="pro")[-1]
    held.buys("lifetime")
    held.cancels("pro")
    drain()

    assert sandbox.circle.groups_of(held.email) == {102, 103}
    assert state(held) == WAITS


@pytest.mark.slow
def test_a_held_plan_that_is_bought_again_is_simply_in_sync(sandbox: Sandbox, catalog: Catalog) -> None:
    held = removed_in_bulk("starter")[-1]
    held.buys("starter", subject="sub_again")
    drain()

    sync = held.sync("circle")
    assert (sync.status, sync.held_plans) == (SyncStatus.IN_SYNC, [])


@pytest.mark.slow
def test_a_new_mapping_gives_its_group_while_leaving_the_old_one_waits(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(24)]
    for each in people:
        each.buys("starter")
    drain()
    PlanMapping.objects.filter(connection=catalog.circle).update(options={"access_groups": [103]})
    want_all([catalog.circle.pk], ["starter"])
    drain()
    assert (len(sandbox.circle.members_of(102)), len(sandbox.circle.members_of(103))) == (4, 24)

    waiting = Sync.objects.filter(status=SyncStatus.ON_HOLD, priority=SyncPriority.REVOKE)
    deadletters.revive(waiting)
    drain()
    assert sandbox.circle.members_of(102) == set()


@pytest.mark.slow
def test_a_bulk_removal_that_comes_during_a_run_is_held_too(sandbox: Sandbox, catalog: Catalog) -> None:
    late = Buyer("late@example.com")
    late.buys("starter")
    drain()
    removed_in_bulk("starter")
    sandbox.kit.fail(kind="down")
    Sync.objects.filter(customer=late.row).update(status="running", due_at=Now(), lease_until=Now())

    late.cancels("starter", cause=CauseKind.BULK)
    drain()

    assert sandbox.circle.groups_of(late.email) == {102}
    assert state(late) == WAITS
