"""The page of buttons: who may call it, and which act a form means."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import quote, urlsplit

from integrations.sandbox import buttons, control, view
from integrations.sandbox.routing import Answer
from integrations.sandbox.world import Sandbox

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Visit:
    """A call to the page, not to a provider."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    headers: Message


def answer(sandbox: Sandbox, visit: Visit) -> Answer:
    if not _from_here(visit.headers):
        return Answer(403, "This page answers to its own address only.")
    if visit.path == "/favicon.ico":
        return Answer(204)
    if visit.path == "/" and visit.method == "GET":
        said = visit.query.get("said", [""])[0]
        return Answer(
            200, view.render(sandbox, said=said), headers={"Cache-Control": "no-store", **view.HEADERS}
        )
    if visit.path.startswith(control.PREFIX) and visit.method == "POST":
        return control.answer(sandbox, visit.path.removeprefix(control.PREFIX), visit.form)
    act = buttons.ACTS.get(visit.path.removeprefix("/act/"))
    if act is None or visit.method != "POST":
        return Answer(404, "Not here.")
    try:
        said = act(sandbox, visit.form)
    except buttons.NotPossibleError as reason:
        said = str(reason)
    sandbox.autosave()
    return Answer(303, None, headers={"Location": f"/?said={quote(said)}"})


def _from_here(headers: Message) -> bool:
    """No other site may press the buttons: not by a form of its own, not by a name that points here."""
    host = headers.get("Host", "")
    origin = headers.get("Origin")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        return False
    return origin in (None, f"http://{host}") and headers.get("Sec-Fetch-Site") != "cross-site"
