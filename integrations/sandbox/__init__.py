"""A stateful local Stripe, Circle and Kit over real HTTP, shared by the demo and the tests.

Usage::

    from integrations.sandbox import Sandbox, SandboxServer

    sandbox = Sandbox.stocked()                     # sample prices, groups, tags and sequences
    server = SandboxServer(sandbox)
    url = server.start()                            # STRIPE_API_BASE=url/stripe, CIRCLE_API_BASE=
                                                    # url/circle/api/admin/v2, KIT_API_BASE=url/kit/v4
    bought = sandbox.stripe.checkout("ada@example.com", price="price_pro_month")
    for event in sandbox.stripe.events:             # or: sandbox.stripe.on_event = post_it
        body = json.dumps(event).encode()
        client.post("/api/webhooks/stripe", body, headers={"Stripe-Signature": sandbox.stripe.sign(body)})
    sandbox.circle.fail(422)                        # and heal() again
    sandbox.stripe.cancels(bought.subscription)
    assert sandbox.circle.members_of(101) == set()
    assert "plan: pro" not in sandbox.kit.tags_of("ada@example.com")
    assert sandbox.journal.calls("circle", "POST /community_members")
    server.stop()
"""

import os

if os.environ.get("ENVIRONMENT", "").strip().lower() == "production":
    raise RuntimeError("The sandbox never loads when ENVIRONMENT=production: it is a stand-in for providers.")

from integrations.sandbox.server import SandboxServer
from integrations.sandbox.world import Sandbox

__all__ = ["Sandbox", "SandboxServer"]
