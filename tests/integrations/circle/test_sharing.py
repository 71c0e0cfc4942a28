"""One member of Circle who is two of our customers: the end of one takes nothing from the other."""

from datetime import UTC, datetime

import pytest
from django.db.models.functions import Now

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations import engine
from integrations.models import PlanMapping, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.desks.deciding import Decision, decide
from support.desks.reviewing import choice_of, doubt_of
from tests.factories import UserFactory
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> Buyer:
    """Somebody who bought with the address that `buyer`, a member under it, has given up."""
    sandbox.circle.add_space(201, "One")
    mapping = PlanMapping.objects.get(plan__slug="pro", connection=catalog.circle)
    mapping.options = {**mapping.options, "spaces": [201]}
    mapping.save()
    buyer.buys("pro")
    drain()
    buyer.renames("lovelace@example.com")
    drain()
    second = Buyer("ada@example.com")
    second.buys("pro")
    second.buys("starter")
    drain()
    assert second.sync("circle").remote_id == buyer.sync("circle").remote_id
    return second


def test_the_end_of_either_takes_only_what_the_other_does_not_pay_for(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    for plan in ("pro", "starter"):
        other.cancels(plan)
    drain()

    assert sandbox.circle.groups_of("ada@example.com") == {101}
    assert sandbox.circle.spaces_of("ada@example.com") == {201}
    assert sandbox.circle.tags_of("ada@example.com") == {"Pro member"}

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.groups_of("ada@example.com") == set()
    assert sandbox.circle.spaces_of("ada@example.com") == set()
    assert sandbox.circle.tags_of("ada@example.com") == set()
    assert set(Sync.objects.values_list("status", flat=True)) == {SyncStatus.IN_SYNC}


def test_both_ends_at_once_leave_nothing_behind(sandbox: Sandbox, buyer: Buyer, other: Buyer) -> None:
    buyer.cancels("pro")
    other.cancels("pro")
    other.cancels("starter")

    drain()

    assert sandbox.circle.groups_of("ada@example.com") == set()
    assert sandbox.circle.tags_of("ada@example.com") == set()


def test_what_is_held_for_the_other_is_not_taken_either(sandbox: Sandbox, buyer: Buyer, other: Buyer) -> None:
    held = buyer.sync("circle")
    buyer.cancels("pro")
    Sync.objects.filter(pk=held.pk).update(held_plans=["pro"])
    drain()
    other.cancels("pro")
    drain()
    assert sandbox.circle.groups_of("ada@example.com") == {101, 102}

    due = {"status": SyncStatus.PENDING, "reason": "", "due_at": Now()}
    Sync.objects.filter(pk=held.pk).update(held_plans=[], **due)
    drain()
    assert sandbox.circle.groups_of("ada@example.com") == {102}


def test_what_the_other_was_never_given_does_not_stay_for_them(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    """Their first run failed after it had said what is wanted; then both leave."""
    for plan in ("pro", "starter"):
        other.cancels(plan)
    drain()
    sandbox.circle.fail(503, route="POST /access_groups/{access_group_id}/community_members")
    other.buys("pro", subject="sub_again")
    drain()
    assert 101 in other.sync("circle").desired["groups"]

    buyer.cancels("pro")
    drain()
    other.cancels("pro")
    sandbox.circle.heal()
    later(minutes=10)

    assert sandbox.circle.groups_of("ada@example.com") == set()
    assert sandbox.circle.spaces_of("ada@example.com") == set()


def test_who_got_it_while_the_other_was_losing_it_has_it_in_the_end(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    for plan in ("pro", "starter"):
        other.cancels(plan)
    drain()
    sync = other.sync("circle")
    Sync.objects.filter(pk=sync.pk).update(desired={**sync.desired, "groups": [101]})

    buyer.cancels("pro")
    engine.run(buyer.sync("circle").pk)

    woken = other.sync("circle")
    assert (woken.status, woken.suspect) == (SyncStatus.PENDING, True)


def test_staff_are_asked_once_whether_they_are_one_human(buyer: Buyer, other: Buyer) -> None:
    other.touch()
    drain()

    item = ReviewItem.objects.get(kind=ReviewKind.EMAIL_COLLISION)
    assert (item.customer_id, item.evidence["other_customer"]) == (other.row.pk, buyer.row.pk)
    assert "@" not in str(item.evidence)
    assert "one member there" in doubt_of(item).means


def gets_the_new_address(sandbox: Sandbox) -> None:
    """Somebody changes the address of the one member in Circle to that of the first."""
    member = sandbox.circle.find("ada@example.com")
    assert member
    member["email"] = "lovelace@example.com"
    sandbox.circle.invitations.clear()


def says_so() -> None:
    """Staff settle the doubt: the address was changed there."""
    item = ReviewItem.objects.get(kind=ReviewKind.EMAIL_COLLISION)
    choice = choice_of(item, "parted_by_hand")
    assert choice
    decide(item.pk, Decision(choice, UserFactory.create(), "two humans"), now=datetime.now(UTC))


def test_two_humans_are_two_members_once_staff_changed_the_address_there(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    gets_the_new_address(sandbox)
    says_so()
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com", "lovelace@example.com"}
    assert sandbox.circle.members_of(102) == {"ada@example.com"}
    assert sandbox.circle.spaces_of("ada@example.com") == {201}
    assert sandbox.circle.tags_of("ada@example.com") == {"Pro member", "Starter member"}
    assert sandbox.circle.invitations == ["ada@example.com"]

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}


def test_whoever_had_the_second_made_a_member_by_hand_has_two_members_too(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    gets_the_new_address(sandbox)
    sandbox.circle.add_member("ada@example.com")
    says_so()
    drain()
    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}
    assert sandbox.circle.members_of(102) == {"ada@example.com"}
    assert sandbox.circle.invitations == []


@pytest.mark.parametrize("first_moves", [True, False], ids=["the first ends", "the second buys"])
def test_a_change_there_that_nobody_told_us_of_is_found_by_the_next_run_of_either(
    sandbox: Sandbox, buyer: Buyer, other: Buyer, first_moves: bool
) -> None:
    gets_the_new_address(sandbox)

    if first_moves:
        buyer.cancels("pro")
    else:
        other.buys("lifetime")
    drain()

    assert "ada@example.com" in sandbox.circle.members_of(101)
    assert ("lovelace@example.com" in sandbox.circle.members_of(101)) is not first_moves
    assert sandbox.circle.members_of(102) == {"ada@example.com"}
    assert sandbox.circle.invitations == ["ada@example.com"]
    assert not ReviewItem.objects.filter(settled_at=None).exists()


def test_saying_that_it_was_changed_when_it_was_not_changes_nothing(
    sandbox: Sandbox, buyer: Buyer, other: Buyer
) -> None:
    says_so()
    drain()

    assert sandbox.circle.groups_of("ada@example.com") == {101, 102}
    assert sandbox.circle.invitations == ["ada@example.com"]
    assert len(sandbox.circle.members) == 1
