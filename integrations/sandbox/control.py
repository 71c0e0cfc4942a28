"""The buttons without the page: acts over HTTP for `seed_demo`, answered with a status."""

from integrations.sandbox import buttons
from integrations.sandbox.buttons import Form, NotPossibleError
from integrations.sandbox.routing import Answer, Json
from integrations.sandbox.world import Sandbox

PREFIX = "/control/"
# What the two say when their plan is full. No words of Kit's own: its 403 says that anyway.
FULL: dict[str, Json | None] = {
    "circle": {
        "success": False,
        "errors": "Your community has reached the maximum limit of members supported by your plan.",
    },
    "kit": None,
}


def buy(sandbox: Sandbox, form: Form) -> str:
    """A checkout of a named person: email, price, and maybe name, country and trial_days."""
    email, price = _value(form, "email"), _value(form, "price")
    if "@" not in email or price not in sandbox.stripe.objects:
        raise NotPossibleError("Give an email and a price that exists.")
    sandbox.stripe.checkout(
        email,
        price=price,
        name=_value(form, "name"),
        country=_value(form, "country"),
        trial_days=int(_value(form, "trial_days") or 0),
    )
    return "Bought."


def refuse(sandbox: Sandbox, form: Form) -> str:
    """One provider has no room for one person until it is healed: then its plan was raised."""
    provider, email = _value(form, "provider"), _value(form, "email")
    if provider not in FULL or "@" not in email:
        raise NotPossibleError("Give circle or kit, and an email.")
    sandbox.faults.add(provider, email=email, status=403, body=FULL[provider])
    return f"{provider.capitalize()} has no room for this person."


ACTS = {**buttons.ACTS, "buy": buy, "refuse": refuse}


def answer(sandbox: Sandbox, name: str, form: Form) -> Answer:
    """200 done, 404 no such act, 409 it does not fit now."""
    act = ACTS.get(name)
    if act is None:
        return Answer(404, {"said": "no such act"})
    try:
        said = act(sandbox, form)
    except NotPossibleError as reason:
        return Answer(409, {"said": str(reason)})
    sandbox.autosave()
    return Answer(200, {"said": said})


def _value(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()
