"""The main job with the Procfile's processes on PostgreSQL and Redis."""

import json

import pytest

from tests.processes import Product, until

pytestmark = pytest.mark.slow
PROMISE = 5.0  # seconds, from the sandbox's button to the destination


def test_paid_means_in_and_canceled_means_out(database_url: str, redis_url: str) -> None:
    with Product(database_url, redis_url=redis_url) as product:
        product.prepare()
        product.start("web", "worker", "beat")
        product.wait_ready()
        circle, kit, email = product.sandbox.circle, product.sandbox.kit, "ada@example.com"

        bought = product.sandbox.stripe.checkout(email, price="price_pro_month", name="Ada")
        seen = product.deliver_new()
        until(lambda: email in circle.members_of(101), seconds=PROMISE, what="Ada is in the group")
        until(lambda: "plan: pro" in kit.tags_of(email), seconds=PROMISE, what="Ada is tagged")
        assert circle.invitations == [email]

        product.sandbox.stripe.cancels(bought.subscription)
        product.deliver_new(seen)
        until(lambda: email not in circle.members_of(101), seconds=PROMISE, what="Ada is out of the group")
        until(lambda: "plan: pro" not in kit.tags_of(email), seconds=PROMISE, what="the plan's tag is gone")

        trace = json.loads(product.manage("trace", email, "--json"))
        assert trace["customer"]["status"] == "canceled"
        assert not trace["customer"]["has_access"]
        assert {"subscription_active", "canceled_user_requested_access_removed"} <= {
            each["type"] for each in trace["lifecycle"]
        }
        assert kit.enrolments.count((email, 501)) == 1
        assert product.manage("verify_invariants") == "Every rule holds.\n"
