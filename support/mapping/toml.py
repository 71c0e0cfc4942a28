"""A mapping as it has to stand in the catalogue file, so that the next load does not undo it."""

import json

from support.mapping.changing import Wish


def mapping(wish: Wish) -> str:
    """The table of the plan at the connection. Lists, numbers, texts and truth are written as in JSON."""
    head = f"[plan.{wish.connection.kind}.{wish.connection.slug}]"
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in wish.options.items()]
    return "\n".join([head, *lines])
