"""How Kit's objects, pages and errors look on the wire. API: https://developers.kit.com/api-reference"""

import base64
import json

from integrations.sandbox.routing import Answer, Json, Request


def error(status: int, message: str) -> Answer:
    return Answer(status, {"errors": [message]})


def not_found() -> Answer:
    return error(404, "Not Found")


def page(name: str, rows: list[Json], request: Request) -> Answer:
    """Kit's cursor pages, newest first as given; a bad cursor or page size is a 422."""
    size, start = request.arg("per_page", "500"), 0
    if not size.isdigit() or not 1 <= int(size) <= 1000:
        return error(422, "per_page must be between 1 and 1000")
    if request.arg("after"):
        place = _place(request.arg("after"), rows)
        if place is None:
            return error(422, "after is not a valid cursor")
        start = place + 1
    shown = rows[start : start + int(size)]
    pagination: Json = {
        "has_previous_page": start > 0,
        "has_next_page": start + int(size) < len(rows),
        "start_cursor": _cursor(shown[0]) if shown else None,
        "end_cursor": _cursor(shown[-1]) if shown else None,
        "per_page": int(size),
    }
    if request.arg("include_total_count") == "true":
        pagination["total_count"] = len(rows)
    return Answer(200, {name: shown, "pagination": pagination})


def _cursor(row: Json) -> str:
    return base64.b64encode(json.dumps([row["id"]]).encode()).decode()


def _place(cursor: str, rows: list[Json]) -> int | None:
    return next((index for index, row in enumerate(rows) if _cursor(row) == cursor), None)
