"""A small business in a hurry: people who buy, fail to pay, change their minds and leave."""

import random
from collections.abc import Callable

from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json

RECURRING = ("price_starter_month", "price_pro_month", "price_pro_year")
LIFETIME = "price_lifetime"
Act = Callable[[], object]


class Business:
    """Acts on the sandbox Stripe only; the same seed does the same things in the same order."""

    def __init__(self, sandbox: Sandbox, *, seed: int, people: int) -> None:
        self._stripe = sandbox.stripe
        self._random = random.Random(seed)
        self._people = people
        self.acts = 0

    def act(self) -> None:
        """One random person does one thing that is possible for them now."""
        email = f"chaos{self._random.randrange(self._people)}@example.com"
        self._random.choice(self.possible(email))()
        self.acts += 1

    def possible(self, email: str) -> list[Act]:
        """What this person can do now."""
        customers = [each for each in self._stripe.where("customer") if each.get("email") == email]
        if not customers:
            return [lambda: self._buy(email), lambda: self._try_out(email), lambda: self._buy_for_life(email)]
        ids = {each["id"] for each in customers}
        subscriptions = [each for each in self._stripe.where("subscription") if each["customer"] in ids]
        living = [each for each in subscriptions if each["status"] != "canceled"]
        if not living:
            return [lambda: self._buy(email, customers[-1]["id"]), *self._with_money(ids)]
        return [*self._with(self._random.choice(living)), *self._with_money(ids)]

    def _with(self, sub: Json) -> list[Act]:
        """What can happen to a living subscription, by its status."""
        stripe, id_, status = self._stripe, sub["id"], sub["status"]
        cancels: list[Act] = [lambda: stripe.cancels(id_)]
        if status == "trialing":
            return [*cancels, lambda: stripe.trial_ends(id_), lambda: stripe.trial_ends(id_, pays=False)]
        if status == "past_due":
            return [*cancels, lambda: stripe.recovers(id_), lambda: stripe.gives_up(id_),
                    lambda: stripe.gives_up(id_, to="canceled")]  # fmt: skip
        if status == "unpaid":
            return [*cancels, lambda: stripe.recovers(id_)]
        if status == "paused":
            return [*cancels, lambda: stripe.resumes(id_)]
        if sub["cancel_at_period_end"]:
            return [*cancels, lambda: stripe.undo_cancel(id_)]
        price = self._random.choice(RECURRING)
        return [*cancels, lambda: stripe.payment_fails(id_), lambda: stripe.changes_price(id_, price),
                lambda: stripe.pauses(id_), lambda: stripe.cancels(id_, at_period_end=True)]  # fmt: skip

    def _with_money(self, customers: set[str]) -> list[Act]:
        """What can happen to a one-time purchase: it is refunded in part, or in full."""
        sessions = [
            each
            for each in self._stripe.where("checkout.session")
            if each["mode"] == "payment" and each["customer"] in customers and each["payment_intent"]
        ]
        if not sessions:
            return []
        intent = self._random.choice(sessions)["payment_intent"]
        charge = self._stripe.get(self._stripe.get(intent)["latest_charge"])
        if charge["refunded"]:
            return []
        return [lambda: self._stripe.refund(intent, amount=100), lambda: self._stripe.refund(intent)]

    def _buy(self, email: str, customer: str | None = None) -> None:
        self._stripe.checkout(email, price=self._random.choice(RECURRING), customer=customer)

    def _try_out(self, email: str) -> None:
        self._stripe.checkout(email, price=self._random.choice(RECURRING), trial_days=14)

    def _buy_for_life(self, email: str) -> None:
        self._stripe.checkout(email, price=LIFETIME)
