"""Who has another address in Stripe than in Circle: their calls reach their own member, nobody else's."""

from datetime import UTC, datetime

import pytest

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations.models import SyncStatus
from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json
from integrations.sweeper import drain
from support.desks.deciding import Decision, decide
from support.desks.reviewing import choice_of
from tests.factories import UserFactory
from tests.sandbox_world import Buyer

pytestmark = pytest.mark.django_db
GET = "GET /community_members/{id}"


@pytest.fixture
def member(sandbox: Sandbox, buyer: Buyer) -> Json:
    """The member of `buyer`, who has got another address in Stripe since."""
    buyer.buys("starter")
    buyer.buys("pro")
    drain()
    buyer.renames("lovelace@example.com")
    drain()
    found = sandbox.circle.find("ada@example.com")
    assert found
    sandbox.journal.clear()
    return found


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("circle")]


def delete(sandbox: Sandbox, member: Json) -> None:
    sandbox.circle.members.pop(member["id"])
    sandbox.circle.group_rows.clear()
    sandbox.circle.tag_rows.clear()


def somebody_buys_with_the_old_address() -> None:
    Buyer("ada@example.com").buys("pro")
    drain()


def open_item() -> ReviewItem:
    return ReviewItem.objects.get(kind=ReviewKind.EMAIL_CHANGE, settled_at=None)


def says_that_it_was_changed_there() -> None:
    choice = choice_of(open_item(), "changed_by_hand")
    assert choice
    decide(open_item().pk, Decision(choice, UserFactory.create(), "done there"), now=datetime.now(UTC))


def test_who_has_the_old_address_now_is_not_put_out_by_the_end_of_the_first(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    member["email"] = "moved@example.com"
    somebody_buys_with_the_old_address()

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}
    assert buyer.sync("circle").remote_email == "moved@example.com"


def test_nor_does_who_has_the_old_address_now_get_what_the_first_buys(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    member["email"] = "moved@example.com"
    somebody_buys_with_the_old_address()

    buyer.buys("lifetime")
    drain()

    assert sandbox.circle.members_of(103) == {"moved@example.com"}
    assert sandbox.circle.groups_of("ada@example.com") == {101}


def test_nor_when_the_first_member_is_deleted_in_circle(sandbox: Sandbox, buyer: Buyer, member: Json) -> None:
    delete(sandbox, member)
    somebody_buys_with_the_old_address()

    for plan in ("pro", "starter"):
        buyer.cancels(plan)
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_that_look_costs_one_call_more_and_none_where_nothing_changes(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    buyer.touch()
    drain()
    assert routes(sandbox) == []

    buyer.buys("lifetime")
    drain()
    assert routes(sandbox) == [GET, "POST /access_groups/{access_group_id}/community_members"]


def test_who_was_there_under_the_new_address_too_gets_all_once_the_old_member_is_removed(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    """Circle would not change the address: another member had it."""
    sandbox.circle.add_member("lovelace@example.com")
    delete(sandbox, member)

    says_that_it_was_changed_there()
    drain()

    assert sandbox.circle.members_of(101) == {"lovelace@example.com"}
    assert sandbox.circle.members_of(102) == {"lovelace@example.com"}
    assert sandbox.circle.tags_of("lovelace@example.com") == {"Pro member", "Starter member"}
    assert sandbox.circle.invitations == ["ada@example.com"]

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()


def test_who_was_said_to_be_changed_there_and_was_not_keeps_their_member_and_is_asked_about_again(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    sandbox.circle.add_member("lovelace@example.com")

    says_that_it_was_changed_there()
    drain()

    assert sandbox.circle.groups_of("ada@example.com") == {101, 102}
    assert sandbox.circle.groups_of("lovelace@example.com") == set()
    assert open_item().customer_id == buyer.row.pk

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()
