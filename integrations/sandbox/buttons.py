"""What the page's buttons do: each act takes the form and says in a sentence what happened."""

import secrets
from collections.abc import Callable, Mapping

from integrations.sandbox import people
from integrations.sandbox.routing import Json
from integrations.sandbox.world import Sandbox

Form = Mapping[str, list[str]]
Act = Callable[[Sandbox, Form], str]
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana")
TRIAL_DAYS = 14
NEW_PRICE_CENTS = 7900


class NotPossibleError(Exception):
    """The button does not fit this person now; the text says why."""


def _value(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()


def _email(form: Form) -> str:
    given = _value(form, "email").lower()
    if given and "@" not in given:
        raise NotPossibleError(f"{given} is no e-mail address.")
    return given or f"{secrets.choice(NAMES).lower()}.{secrets.token_hex(3)}@example.com"


def _living(sandbox: Sandbox, form: Form) -> Json:
    found = people.living(sandbox, _value(form, "email").lower())
    if found is None:
        raise NotPossibleError("This person has no running subscription.")
    return found


def checkout(sandbox: Sandbox, form: Form) -> str:
    email, price = _email(form), _value(form, "price") or "price_pro_month"
    if price not in sandbox.stripe.objects:
        raise NotPossibleError(f"There is no price {price}.")
    name = email.partition("@")[0].partition(".")[0].capitalize()
    sandbox.stripe.checkout(email, price=price, name=name)
    return f"{email} bought {price}."


def new_price(sandbox: Sandbox, form: Form) -> str:
    """A price that was made at Stripe this minute: the catalogue cannot know it."""
    key = f"price_new_{secrets.token_hex(3)}"
    sandbox.stripe.add_price(key, f"prod_{key}", NEW_PRICE_CENTS, interval="month", name="Coaching")
    said = checkout(sandbox, {**form, "price": [key]})
    return f"{said} No plan maps this price: see the back office's review list."


def trial(sandbox: Sandbox, form: Form) -> str:
    email, price = _email(form), _value(form, "price") or "price_pro_month"
    if price not in sandbox.stripe.objects or not sandbox.stripe.objects[price]["recurring"]:
        raise NotPossibleError("Only a subscription can begin with a trial.")
    sandbox.stripe.checkout(email, price=price, trial_days=TRIAL_DAYS)
    return f"{email} began a trial of {price}."


def payment_fails(sandbox: Sandbox, form: Form) -> str:
    sandbox.stripe.payment_fails(_living(sandbox, form))
    return "The payment was declined: past due."


def recovers(sandbox: Sandbox, form: Form) -> str:
    sandbox.stripe.recovers(_living(sandbox, form))
    return "The open invoice is paid: active."


def cancels(sandbox: Sandbox, form: Form) -> str:
    sandbox.stripe.cancels(_living(sandbox, form))
    return "The subscription is canceled."


def cancels_later(sandbox: Sandbox, form: Form) -> str:
    sandbox.stripe.cancels(_living(sandbox, form), at_period_end=True)
    return "The subscription ends with its period."


def refund(sandbox: Sandbox, form: Form) -> str:
    for charge in people.charges(sandbox, _value(form, "email").lower()):
        if not charge["refunded"]:
            sandbox.stripe.refund(charge["payment_intent"])
            return "The last payment is refunded in full."
    raise NotPossibleError("There is no payment left to refund.")


def accepts(sandbox: Sandbox, form: Form) -> str:
    email = _value(form, "email").lower()
    if sandbox.circle.find(email) is None:
        raise NotPossibleError("This person is not in Circle.")
    sandbox.circle.accept(email)
    return "The Circle invitation is accepted."


def unsubscribes(sandbox: Sandbox, form: Form) -> str:
    email = _value(form, "email").lower()
    if sandbox.kit.find(email) is None:
        raise NotPossibleError("This person is not in Kit.")
    sandbox.kit.unsubscribe(email)
    return "The person left Kit's mail."


def break_circle(sandbox: Sandbox, form: Form) -> str:
    return _break(sandbox, form, provider="circle")


def break_kit(sandbox: Sandbox, form: Form) -> str:
    return _break(sandbox, form, provider="kit")


def _break(sandbox: Sandbox, form: Form, *, provider: str) -> str:
    kind = _value(form, "kind")
    if kind not in ("down", "unauthorised", "rate_limited", "slow"):
        raise NotPossibleError("Choose how it should break.")
    sandbox.faults.clear(provider)
    sandbox.faults.add(provider, kind=kind)
    return f"{provider.capitalize()} is broken: {kind.replace('_', ' ')}."


def heal(sandbox: Sandbox, _form: Form) -> str:
    sandbox.faults.clear()
    return "Everything answers again."


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        checkout, new_price, trial, payment_fails, recovers, cancels, cancels_later, refund,
        accepts, unsubscribes, break_circle, break_kit, heal,
    )
}  # fmt: skip
FOR_A_PERSON = ("payment_fails", "recovers", "cancels", "cancels_later", "refund", "accepts", "unsubscribes")
