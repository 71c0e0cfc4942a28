"""Who has another address in Stripe than in Circle: their calls reach their own member, nobody else's."""

import pytest

from integrations.models import SyncStatus
from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json
from integrations.sweeper import drain
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


def test_who_has_the_old_address_now_is_not_put_out_by_the_end_of_the_first(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    member["email"] = "moved@example.com"
    second = Buyer("ada@example.com")
    second.buys("pro")
    drain()

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}
    assert buyer.sync("circle").remote_email == "moved@example.com"


def test_nor_does_who_has_the_old_address_now_get_what_the_first_buys(
    sandbox: Sandbox, buyer: Buyer, member: Json
) -> None:
    member["email"] = "moved@example.com"
    second = Buyer("ada@example.com")
    second.buys("pro")
    drain()

    buyer.buys("lifetime")
    drain()

    assert sandbox.circle.members_of(103) == {"moved@example.com"}
    assert sandbox.circle.groups_of("ada@example.com") == {101}


def test_nor_when_the_first_member_is_deleted_in_circle(sandbox: Sandbox, buyer: Buyer, member: Json) -> None:
    sandbox.circle.members.pop(member["id"])
    sandbox.circle.group_rows.clear()
    sandbox.circle.tag_rows.clear()
    second = Buyer("ada@example.com")
    second.buys("pro")
    drain()

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
