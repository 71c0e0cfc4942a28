"""The sandbox's Circle answers as Circle's official API description says."""

from integrations.sandbox import Sandbox
from tests.bringup.capabilities import shared_path
from tests.integrations.sandbox.caller import Caller
from tests.integrations.sandbox.contract import Step, walk
from tests.integrations.sandbox.description import Description

ADA = {"email": "ada@example.com"}
ADA_BY_TAG = {"user_email": "ada@example.com", "member_tag_id": 11}
SPACE = {"email": "ada@example.com", "space_id": 7}
MEMBERS = "/access_groups/101/community_members"

NOT_DESCRIBED = {"GET /spaces"}  # the extract of the description has no list of spaces

STEPS: list[Step] = [
    ("GET", "/community", {}, 200),
    ("POST", "/community_members", {"json": ADA | {"name": "Ada Lovelace"}}, 201),
    ("POST", "/community_members", {"json": ADA}, 201),
    ("POST", "/community_members", {"json": {"email": "nobody"}}, 422),
    ("GET", "/community_members", {"params": {"status": "all"}}, 200),
    ("GET", "/community_members/search", {"params": ADA}, 200),
    ("GET", "/community_members/search", {"params": {"email": "eve@example.com"}}, 404),
    ("GET", "/community_members/1001", {}, 200),
    ("GET", "/community_members/1", {}, 404),
    ("PUT", "/community_members/1001", {"json": {"headline": "Countess"}}, 200),
    ("PUT", "/community_members/1001", {"json": {"name": ""}}, 422),
    ("PUT", "/community_members/1", {"json": {"name": "x"}}, 404),
    ("GET", "/access_groups", {}, 200),
    ("GET", "/access_groups", {"params": {"status": "odd"}}, 400),
    ("POST", "/access_groups", {"json": {"access_group": {"name": "Extra"}}}, 201),
    ("POST", "/access_groups", {"json": {"access_group": {}}}, 422),
    ("POST", MEMBERS, {"json": ADA}, 201),
    ("POST", MEMBERS, {"json": {"email": "eve@example.com"}}, 404),
    ("GET", MEMBERS, {}, 200),
    ("GET", "/access_groups/9/community_members", {}, 404),
    ("GET", "/access_groups/101/community_member", {"params": ADA}, 200),
    ("GET", "/access_groups/102/community_member", {"params": ADA}, 404),
    ("GET", "/community_members/1001/access_groups", {}, 200),
    ("GET", "/community_members/1/access_groups", {}, 404),
    ("DELETE", MEMBERS, {"params": ADA}, 200),
    ("DELETE", MEMBERS, {"params": ADA}, 404),
    ("GET", "/member_tags", {}, 200),
    ("POST", "/member_tags", {"json": {"name": "New"}}, 201),
    ("POST", "/member_tags", {"json": {}}, 422),
    ("GET", "/member_tags/11", {}, 200),
    ("GET", "/member_tags/9", {}, 404),
    ("POST", "/tagged_members", {"json": ADA_BY_TAG}, 201),
    ("POST", "/tagged_members", {"json": ADA_BY_TAG | {"member_tag_id": 9}}, 404),
    ("GET", "/tagged_members", {}, 200),
    ("DELETE", "/tagged_members", {"params": ADA_BY_TAG}, 200),
    ("DELETE", "/tagged_members", {"params": ADA_BY_TAG | {"member_tag_id": 9}}, 404),
    ("POST", "/space_members", {"json": SPACE}, 200),
    ("POST", "/space_members", {"json": SPACE}, 422),
    ("POST", "/space_members", {"json": SPACE | {"space_id": 9}}, 404),
    ("GET", "/space_members", {"params": {"space_id": 7}}, 200),
    ("GET", "/space_members", {"params": {"space_id": 9}}, 404),
    ("GET", "/space_member", {"params": SPACE}, 200),
    ("GET", "/space_member", {"params": SPACE | {"space_id": 9}}, 404),
    ("GET", "/community_member_spaces", {"params": {"user_email": "ada@example.com"}}, 200),
    ("DELETE", "/space_members", {"params": SPACE}, 200),
    ("DELETE", "/space_members", {"params": SPACE}, 404),
    ("DELETE", "/member_tags/11", {}, 200),
    ("DELETE", "/member_tags/11", {}, 404),
    ("DELETE", "/access_groups/103", {}, 200),
    ("DELETE", "/access_groups/9", {}, 404),
    ("DELETE", "/community_members/1001", {}, 200),
    ("DELETE", "/community_members/1001", {}, 404),
]


def test_every_answer_of_circle_fits_its_official_description(sandbox: Sandbox, circle: Caller) -> None:
    description = Description(shared_path("CIRCLE_OPENAPI_FILE"), prefix="/api/admin/v2")
    sandbox.circle.add_space(7, "Lounge")

    assert walk(sandbox, circle, steps=STEPS, description=description) == {}
    used = {call.route for call in sandbox.journal.calls("circle")}
    described = {str(route) for route in sandbox.circle.router.routes} - NOT_DESCRIBED
    assert described == used
