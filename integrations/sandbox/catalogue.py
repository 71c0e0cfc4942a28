"""Stocking the sandbox: prices, groups, tags, sequences and fields of the sample catalogue."""

import tomllib
from pathlib import Path

from integrations.sandbox.circle.community import Circle
from integrations.sandbox.kit.account import Kit
from integrations.sandbox.stripe.account import Stripe

CATALOG = Path(__file__).with_name("catalog.toml")
PRICES = Path(__file__).with_name("prices.toml")


def stock(stripe: Stripe, *, circle: Circle, kit: Kit, prices: Path = PRICES) -> None:
    """Add what is not there yet; safe to repeat on a restored state."""
    held = tomllib.loads(prices.read_text())
    for key, price in held["price"].items():
        if key not in stripe.objects:
            stripe.add_price(key, price["product"], price["amount"], interval=price.get("interval"))
    for number, name in held["circle"]["groups"].items():
        if int(number) not in circle.groups:
            circle.add_group(int(number), name)
    for number, name in held["circle"]["tags"].items():
        if int(number) not in circle.tags:
            circle.add_tag(int(number), name)
    for number, name in held["kit"]["sequences"].items():
        if int(number) not in kit.sequences:
            kit.add_sequence(int(number), name)
    labels = {field["label"] for field in kit.fields.values()}
    for label in held["kit"]["fields"]:
        if label not in labels:
            kit.add_field(label)
