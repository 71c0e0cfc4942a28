"""The whole journey of one customer while everything around goes wrong, one thing after the other."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.journey.scene import PATIENCE, Scene
from tests.processes import until

# Somebody writes the key itself where the name of its variable belongs, or anywhere else.
MISTAKES = (
    """
[[connection]]
slug = "circle"
kind = "circle"
mode = "live"
credential = "{circle}"
[[connection]]
slug = "kit"
kind = "kit"
mode = "live"
credential = "{kit}"
[[plan]]
slug = "pro"
name = "Pro"
rank = 20
support_tier = "priority"
prices = ["{stripe}", "{stripe}"]
""",
    """
[[connection]]
slug = "circle"
kind = "circle"
mode = "{circle}"
credential = "CIRCLE_API_TOKEN"
api_key = "{kit}"
"{stripe}" = 1
""",
    "[[connection]]\ncredential = {circle}",
)


class Mishaps(Scene):
    """Each method is one mishap, named for what goes wrong."""

    # --- the providers ---

    def circle_rejects_and_names_the_person(self) -> None:
        self.sandbox.circle.fail(422, body={"message": self.echo, "errors": self.echo})
        self._bought = self.sandbox.stripe.checkout(
            self.email, price="price_pro_month", name=self.canaries.name, country="DE"
        )
        self.delivered()
        self.attempted("rejected")

    def staff_replay_in_vain_and_then_with_luck(self) -> None:
        ((customer,),) = self.rows("SELECT id FROM customers_customer")
        screen = f"/admin/customers/customer/{customer}/change/"
        replay = f"/admin/customers/customer/{customer}/replay/"
        with self.broken_table("support_auditentry", unless="act = 'never'"):
            assert self.staff.submits(screen, {}, to=replay).status_code == 500
        self.sandbox.circle.heal()
        assert self.staff.submits(screen, {}, to=replay).status_code == 200
        until(lambda: self.email in self.sandbox.circle.members_of(101), seconds=PATIENCE, what="she is in")

    def circle_fails_with_a_page(self) -> None:
        self.sandbox.circle.fail(500, body=f"<html><h1>{self.echo}</h1></html>", times=1)
        self.sandbox.stripe.changes_price(self._bought.subscription, "price_starter_month")
        self.delivered()
        self.attempted("retry")

    def circle_refuses_our_token(self) -> None:
        self.sandbox.circle.fail(401, body={"success": False, "message": self.echo})
        self.sandbox.stripe.changes_price(self._bought.subscription, "price_pro_year")
        self.delivered()
        self.attempted("credentials")
        self.sandbox.circle.heal()
        self.resumed("circle")

    def kit_is_busy_in_plain_text_and_hangs_up(self) -> None:
        self.sandbox.kit.fail(429, body=f"Retry later, {self.email}", headers={"Retry-After": "1"}, times=1)
        self.sandbox.stripe.payment_fails(self._bought.subscription)
        self.delivered()
        self.wait_for("SELECT 1 FROM integrations_syncattempt WHERE http_status = 429", "Kit is busy")
        owed = "status: past_due"
        until(lambda: owed in self.sandbox.kit.tags_of(self.email), seconds=PATIENCE, what="Kit knows it")
        self.sandbox.kit.fail(reset=True, method="POST", times=1)
        self.sandbox.stripe.recovers(self._bought.subscription)
        self.delivered()
        self.attempted("in_doubt")

    def stripe_is_down_and_then_refuses_our_key(self) -> None:
        said = {"error": {"message": f"Invalid API Key provided: {self.canaries.secrets['Stripe key']}"}}
        self.sandbox.stripe.fail(500, body=said, times=1)
        self.sandbox.stripe.checkout(
            self.canaries.person["trial e-mail"], price="price_pro_month", name=self.canaries.name,
            trial_days=14,
        )  # fmt: skip
        self.delivered()
        self.wait_for("SELECT 1 FROM billing_stripeevent WHERE status = 'failed'", "an event failed")
        self.sandbox.stripe.fail(401, body=said)
        self.wait_for(
            "SELECT 1 FROM integrations_connection WHERE slug = 'stripe' AND paused_at IS NOT NULL",
            "Stripe is paused",
        )
        self.sandbox.stripe.heal()
        self.resumed("stripe")
        self.wait_for("SELECT 1 FROM customers_customer WHERE status = 'trialing'", "the trial is known")

    def she_takes_money_back_moves_and_leaves(self) -> None:
        paid = self.sandbox.stripe.where("payment_intent", status="succeeded")
        intents = [each["id"] for each in paid]
        self.sandbox.stripe.refund(intents[0])
        self.sandbox.stripe.dispute(intents[-1])
        self.sandbox.stripe.changes_email(self._bought.customer, self.canaries.person["new e-mail"])
        self.delivered()
        self.sandbox.stripe.cancels(self._bought.subscription)
        self.delivered()
        self.wait_for("SELECT 1 FROM customers_customer WHERE status = 'canceled'", "she is canceled")

    # --- ourselves ---

    def a_task_of_ours_breaks(self) -> None:
        """The database refuses the person while the inbox writes them."""
        with self.broken_table("customers_customer", unless="false"):
            self.sandbox.stripe.checkout(self.email, price="price_lifetime", name=self.canaries.name)
            self.delivered()
            self.wait_for(
                "SELECT 1 FROM billing_stripeevent WHERE reason LIKE 'error:%'", "a task of ours broke"
            )
        self.rows("UPDATE billing_stripeevent SET due_at = now() WHERE due_at IS NOT NULL")
        self.wait_for("SELECT 1 FROM customers_lifecycleevent WHERE type = 'paid_in_full'", "it is made good")

    def a_name_that_postgresql_cannot_hold(self) -> None:
        who = self.sandbox.stripe.checkout(
            self.canaries.person["trial e-mail"], price="price_lifetime", name=f"{self.canaries.name}\0"
        )
        self.delivered()
        done = "status NOT IN ('received') AND root LIKE 'checkout_session:%'"
        self.wait_for(
            f"SELECT 1 FROM billing_stripeevent WHERE {done} AND object_id = '{who.session}'", "it is noticed"
        )

    def a_delivery_cannot_be_stored(self) -> None:
        body = json.dumps(self.sandbox.stripe.events[0] | {"id": "evt_cannotbestored"}).encode()
        with self.broken_table("billing_stripeevent", unless="event_id <> 'evt_cannotbestored'"):
            answer = self.outside.post("/api/webhooks/stripe", data=body, headers=self._signed(body))
        assert answer.status_code == 503

    def deliveries_that_are_none(self) -> None:
        person = json.dumps({"id": self.email, "type": self.canaries.name, "data": {"object": {}}}).encode()
        bodies = [person, b"[1]", b"\xff" + person, b"{" + person, b'{"id": "evt_1"}']
        answers = [
            self.outside.post("/api/webhooks/stripe", data=each, headers=self._signed(each))
            for each in bodies
        ]
        assert {each.status_code for each in answers} == {400}
        secret = self.canaries.secrets["signing secret"]
        for header in (f"t=1,v1={secret}", secret, "t=1,v1=ü".encode(), ""):
            kept = {"Stripe-Signature": header, "X-Kit-Signature": header, "Content-Type": "application/json"}
            for path in ("/api/webhooks/stripe", "/api/webhooks/convertkit"):
                assert self.outside.post(path, data=person, headers=kept).status_code == 400
        for each in (b"[]", b'"' + person, b"\xff"):
            signed = {"X-Kit-Signature": self.sandbox.kit.sign(each)}
            assert self.outside.post("/api/webhooks/convertkit", data=each, headers=signed).status_code == 400
        assert self.outside.post("/api/webhooks/stripe", data=b"x" * 1_048_577).status_code == 413
        assert self.outside.get("/api/webhooks/stripe", params={"email": self.email}).status_code == 405

    def _signed(self, body: bytes) -> dict[str, str]:
        return {"Stripe-Signature": self.sandbox.stripe.sign(body), "Content-Type": "application/json"}

    # --- people at the door ---

    def a_stranger_tries_the_door(self) -> None:
        for _ in range(6):
            self.outside.signs_in(self.email, self.canaries.secrets["mistyped password"])
        with self.broken_table("axes_accessattempt", unless="false"):
            broken = self.outside.signs_in(self.canaries.name, self.canaries.secrets["mistyped password"])
        assert broken.status_code == 500
        secret = self.canaries.secrets["mistyped password"]
        for path in (f"/nothing/{self.email}", f"/api/{self.email}", f"/admin/customers/{self.email}/"):
            self.outside.get(path, params={"email": self.email, "name": self.canaries.name})
        assert self.outside.post("/admin/login/", data={"password": secret}).status_code == 403

    def staff_ask_for_what_is_not_there(self) -> None:
        login, password = "founder", self.canaries.secrets["staff password"]
        self.staff.signs_in(login, password)
        for query in ({"user__password__startswith": self.email}, {"p": self.email}, {"q": "cus_nobody"}):
            self.staff.get("/admin/customers/customer/", params=query)
        for path in (
            f"/admin/customers/customer/{self.email}/change/",
            "/admin/customers/customer/0/replay/",
        ):
            self.staff.get(path)

    def a_catalogue_with_a_key_in_it(self, folder: Path) -> None:
        file = folder / "catalog.toml"
        keys = {each: self.canaries.secrets[f"{each.capitalize()} key"] for each in ("kit", "stripe")}
        for mistake in MISTAKES:
            file.write_text(mistake.format(circle=self.canaries.secrets["Circle token"], **keys))
            self.ask("load_catalog", str(file))
            assert "nothing was loaded" in self.told[-1], self.told[-1]

    def run(self, folder: Path) -> None:
        """All of it, in this order."""
        acts: list[Callable[[], None]] = [
            self.staff_ask_for_what_is_not_there,
            self.circle_rejects_and_names_the_person,
            self.staff_replay_in_vain_and_then_with_luck,
            self.circle_fails_with_a_page,
            self.circle_refuses_our_token,
            self.kit_is_busy_in_plain_text_and_hangs_up,
            self.stripe_is_down_and_then_refuses_our_key,
            self.she_takes_money_back_moves_and_leaves,
            self.a_task_of_ours_breaks,
            self.a_name_that_postgresql_cannot_hold,
            self.a_delivery_cannot_be_stored,
            self.deliveries_that_are_none,
            self.a_stranger_tries_the_door,
        ]
        for act in acts:
            act()
        self.a_catalogue_with_a_key_in_it(folder)
        self.ask("replay", "--dead", "--yes", "--reason", "the providers are well again")
        self.ask("verify_invariants")
