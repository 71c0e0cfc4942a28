"""How a member is made: what Circle may refuse of it, and in how few calls."""

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json
from integrations.sweeper import drain
from tests.sandbox_world import Buyer

pytestmark = pytest.mark.django_db
CREATE = "POST /community_members"
NO_TAG = {"success": False, "message": "Oops!", "error_details": {"message": "Missing record: member tag"}}
NOT_VALID = {"success": False, "message": "Validation failed", "error_details": {}}


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("circle")]


@pytest.mark.parametrize(("status", "body"), [(404, NO_TAG), (422, NOT_VALID)])
def test_a_tag_for_which_circle_refuses_the_whole_creation_keeps_nobody_out(
    sandbox: Sandbox, buyer: Buyer, status: int, body: Json
) -> None:
    sandbox.circle.delete_tag(11)
    sandbox.circle.fail(status, route=CREATE, body=body, times=1)
    buyer.buys("pro")
    buyer.buys("starter")

    drain()

    assert sandbox.circle.groups_of(buyer.email) == {101, 102}
    assert sandbox.circle.tags_of(buyer.email) == {"Starter member"}
    assert sandbox.circle.invitations == [buyer.email]
    assert buyer.sync("circle").reason == "no_member_tag"
    assert routes(sandbox).count(CREATE) == 2


def test_a_creation_that_is_refused_for_another_reason_is_asked_for_once(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    sandbox.circle.fail(422, route=CREATE, body={"success": False, "message": "Invalid email address."})
    buyer.buys("pro")

    drain()

    assert buyer.sync("circle").reason == "invalid_email"
    assert routes(sandbox) == [CREATE]
