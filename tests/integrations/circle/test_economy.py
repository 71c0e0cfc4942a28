"""What is asked of Circle, in how few calls, and what never is."""

import pytest

from customers.models import Customer
from integrations.connectors import CONNECTORS
from integrations.models import Connection, PlanMapping
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog

pytestmark = pytest.mark.django_db
ADD = "POST /access_groups/{access_group_id}/community_members"
REMOVE = "DELETE /access_groups/{access_group_id}/community_members"


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("circle")]


def without_tags() -> None:
    """Groups only."""
    for mapping in PlanMapping.objects.filter(connection__kind="circle"):
        mapping.options = {"access_groups": mapping.options["access_groups"]}
        mapping.save()


def test_a_new_buyer_costs_two_calls_and_a_repeat_none(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    assert routes(sandbox) == ["POST /community_members", ADD]

    buyer.touch()
    drain()
    assert len(routes(sandbox)) == 2


def test_a_later_grant_or_revoke_costs_one_call_per_group(sandbox: Sandbox, buyer: Buyer) -> None:
    without_tags()
    buyer.buys("pro")
    drain()
    sandbox.journal.clear()

    buyer.cancels("pro")
    drain()
    assert routes(sandbox) == [REMOVE]

    buyer.buys("pro", subject="sub_again")
    drain()
    assert routes(sandbox) == [REMOVE, ADD]


def test_a_change_of_plan_adds_the_new_group_before_it_leaves_the_old(sandbox: Sandbox, buyer: Buyer) -> None:
    without_tags()
    buyer.buys("starter")
    drain()
    sandbox.journal.clear()
    buyer.buys("pro")
    buyer.cancels("starter")

    drain()

    assert routes(sandbox) == [ADD, REMOVE]
    assert sandbox.circle.groups_of(buyer.email) == {101}


def test_the_end_of_one_plan_keeps_what_another_gives(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    PlanMapping.objects.filter(connection=catalog.circle, plan__slug="starter").update(
        options={"access_groups": [101]}
    )
    buyer.buys("starter")
    buyer.buys("pro")
    drain()

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


def test_without_an_invitation_nobody_gets_mail(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(
        options={**catalog.circle.options, "invite": False}
    )
    buyer.buys("pro")

    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == []


def test_an_invitation_that_nobody_accepted_is_known(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()

    assert buyer.sync("circle").observed["accepted"] is False


def test_somebody_who_never_had_access_is_not_made_a_member(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.recompute()
    Customer.objects.filter(pk=buyer.row.pk).update(name="New Name")
    buyer.recompute()

    drain()

    assert sandbox.journal.calls() == []


def test_nobody_is_ever_banned_deleted_or_deactivated() -> None:
    from pathlib import Path

    from integrations.connectors import circle

    source = "".join(path.read_text() for path in Path(circle.__file__).parent.glob("*.py"))

    assert not any(f"{word}_member" in source for word in ("ban", "delete"))
    assert '"DELETE", "/community_members' not in source
    assert '"DELETE", f"/community_members' not in source


def test_the_catalogue_hears_what_is_wrong_with_a_mapping() -> None:
    check = CONNECTORS["circle"].check_options

    assert check({"access_groups": [101], "member_tags": [], "spaces": [7]}) == []
    assert check({"groups": [1], "access_groups": ["101"], "spaces": 7, "member_tags": [True]}) == [
        "unknown option groups",
        "access_groups must be a list of ids, for example [101]",
        "member_tags must be a list of ids, for example [101]",
        "spaces must be a list of ids, for example [101]",
    ]
    assert CONNECTORS["circle"].check_connection_options({"invite": "yes"}) == [
        "invite must be true or false"
    ]


def test_the_screen_says_what_a_run_would_do(sandbox: Sandbox, buyer: Buyer) -> None:
    circle = CONNECTORS["circle"]
    wanted = {"groups": [101], "tags": [11], "spaces": []}

    assert circle.describe(wanted, {}) == [
        "create the member",
        "add to access group 101",
        "add to member tag 11",
    ]
    held = {"member": True, "groups": {"102": "in"}, "tags": {"11": "in"}}
    assert circle.describe(wanted, held) == ["add to access group 101", "remove from access group 102"]
