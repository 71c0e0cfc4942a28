"""Walking through a provider's routes while its official description looks on."""

from typing import Any

from integrations.sandbox import Sandbox
from tests.integrations.sandbox.caller import Caller
from tests.integrations.sandbox.description import Description

# (method, path, what to send, the status that should come)
Step = tuple[str, str, dict[str, Any], int]


def walk(sandbox: Sandbox, caller: Caller, *, steps: list[Step], description: Description) -> dict[str, str]:
    """The complaints about these calls, by route and status."""
    complaints = {}
    for method, path, sent, status in steps:
        before = len(sandbox.journal.calls())
        reply = caller(method, path, **sent)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        call = sandbox.journal.calls()[before]
        said = description.complaint(call, reply.json() if reply.content else None)
        if said:
            complaints[f"{call.route} {status}"] = said
    return complaints
