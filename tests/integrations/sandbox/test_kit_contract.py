"""The sandbox's Kit answers as Kit's official API description says."""

from integrations.sandbox import Sandbox
from integrations.sandbox.kit.account import OAUTH_ONLY
from tests.bringup.capabilities import shared_path
from tests.integrations.sandbox.caller import Caller
from tests.integrations.sandbox.contract import Step, walk
from tests.integrations.sandbox.description import Description

# The description was generated from examples: a first name, a field "category" with a value, no empty page.
ADA = {"email_address": "ada@example.com", "first_name": "Ada", "fields": {"category": "One"}}
EMAIL = {"email_address": "ada@example.com"}
EVE = {"email_address": "eve@example.com"}
MANY = {f"field_{number}": "x" for number in range(11)}
OAUTH: list[Step] = [(*route.split(" "), {"json": {}}, 401) for route in OAUTH_ONLY]  # type: ignore[misc]

STEPS: list[Step] = [
    ("GET", "/account", {}, 200),
    ("POST", "/subscribers", {"json": ADA}, 201),
    ("POST", "/subscribers", {"json": ADA}, 200),
    ("POST", "/subscribers", {"json": ADA | {"fields": MANY}}, 202),
    ("POST", "/subscribers", {"json": {"email_address": "nobody"}}, 422),
    ("GET", "/subscribers", {"params": EMAIL | {"status": "all"}}, 200),
    ("GET", "/subscribers", {"params": {"email_address": "nobody"}}, 422),
    ("GET", "/subscribers/2001", {}, 200),
    ("GET", "/subscribers/1", {}, 404),
    ("PUT", "/subscribers/2001", {"json": ADA}, 200),
    ("PUT", "/subscribers/2001", {"json": ADA | {"fields": MANY}}, 202),
    ("PUT", "/subscribers/2001", {"json": {"email_address": "nobody"}}, 422),
    ("PUT", "/subscribers/1", {"json": ADA}, 404),
    ("POST", "/tags", {"json": {"name": "plan: pro"}}, 201),
    ("GET", "/tags", {}, 200),
    ("POST", "/tags", {"json": {"name": "PLAN: pro"}}, 200),
    ("POST", "/tags", {"json": {"name": ""}}, 422),
    ("PUT", "/tags/2002", {"json": {"name": "plan: Pro"}}, 200),
    ("PUT", "/tags/2002", {"json": {"name": ""}}, 422),
    ("PUT", "/tags/1", {"json": {"name": "x"}}, 404),
    ("POST", "/tags/2002/subscribers", {"json": EMAIL}, 201),
    ("POST", "/tags/2002/subscribers", {"json": EMAIL}, 200),
    ("POST", "/tags/2002/subscribers", {"json": EVE}, 404),
    ("POST", "/tags/2002/subscribers", {"json": {}}, 422),
    ("GET", "/tags/2002/subscribers", {}, 200),
    ("GET", "/tags/1/subscribers", {}, 404),
    ("GET", "/subscribers/2001/tags", {}, 200),
    ("GET", "/subscribers/1/tags", {}, 404),
    ("DELETE", "/tags/2002/subscribers", {"params": EMAIL}, 204),
    ("DELETE", "/tags/2002/subscribers", {}, 422),
    ("DELETE", "/tags/1/subscribers", {"params": EMAIL}, 404),
    ("POST", "/tags/2002/subscribers/2001", {"json": {}}, 201),
    ("POST", "/tags/2002/subscribers/2001", {"json": {}}, 200),
    ("POST", "/tags/2002/subscribers/1", {"json": {}}, 404),
    ("DELETE", "/tags/2002/subscribers/2001", {}, 204),
    ("DELETE", "/tags/2002/subscribers/1", {}, 404),
    ("GET", "/sequences", {}, 200),
    ("POST", "/sequences/501/subscribers", {"json": EMAIL}, 201),
    ("POST", "/sequences/501/subscribers", {"json": EMAIL}, 200),
    ("POST", "/sequences/501/subscribers", {"json": EVE}, 404),
    ("POST", "/sequences/501/subscribers", {"json": {}}, 422),
    ("POST", "/sequences/502/subscribers/2001", {"json": {}}, 201),
    ("POST", "/sequences/502/subscribers/2001", {"json": {}}, 200),
    ("POST", "/sequences/9/subscribers/2001", {"json": {}}, 404),
    ("GET", "/sequences/501/subscribers", {}, 200),
    ("GET", "/sequences/9/subscribers", {}, 404),
    ("GET", "/custom_fields", {}, 200),
    ("POST", "/custom_fields", {"json": {"label": "Shoe size"}}, 201),
    ("POST", "/custom_fields", {"json": {"label": "Shoe size"}}, 422),
    ("PUT", "/custom_fields/2003", {"json": {"label": "Hat size"}}, 200),
    ("PUT", "/custom_fields/2003", {"json": {"label": ""}}, 422),
    ("PUT", "/custom_fields/1", {"json": {"label": "x"}}, 404),
    ("DELETE", "/custom_fields/2003", {}, 204),
    ("DELETE", "/custom_fields/2003", {}, 404),
    ("POST", "/subscribers/2001/unsubscribe", {"json": {}}, 204),
    ("POST", "/subscribers/1/unsubscribe", {"json": {}}, 404),
    *OAUTH,
]


def test_every_answer_of_kit_fits_its_official_description(sandbox: Sandbox, kit: Caller) -> None:
    description = Description(shared_path("KIT_OPENAPI_FILE"), prefix="/v4")
    sandbox.kit.fields.clear()
    sandbox.kit.add_field("Category")
    sandbox.kit.last_id = 2_000

    assert walk(sandbox, kit, steps=STEPS, description=description) == {}
    used = {call.route for call in sandbox.journal.calls("kit")}
    assert {str(route) for route in sandbox.kit.router.routes} == used
