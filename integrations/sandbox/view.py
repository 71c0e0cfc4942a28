"""How the page of buttons looks: one static template, filled with escaped values."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

from integrations.sandbox import buttons, people
from integrations.sandbox.world import Sandbox

TEMPLATE = Template(Path(__file__).with_name("page.html").read_text())
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
SHOWN = 20


def render(sandbox: Sandbox, *, said: str) -> str:
    office = sandbox.office_url
    link = f'<a href="{escape(office)}">Open the back office</a>' if office.startswith("http") else ""
    return TEMPLATE.substitute(
        said=f'<p class="said" role="status">{escape(said)}</p>' if said else "",
        office=link,
        prices="".join(_price(each["id"]) for each in sandbox.stripe.where("price")),
        faults=_faults(sandbox),
        people="".join(map(_person, people.everybody(sandbox))) or "<p>Nobody yet. Press Checkout.</p>",
        calls=_calls(sandbox),
        events=_events(sandbox),
    )


def _price(key: str) -> str:
    chosen = " selected" if key == "price_pro_month" else ""
    return f'<option value="{escape(key)}"{chosen}>{escape(key)}</option>'


def _faults(sandbox: Sandbox) -> str:
    on = [
        f"{name} {fault.kind or fault.status or 'broken'}".replace("_", " ") + _for_whom(fault.email)
        for name in ("stripe", "circle", "kit")
        for fault in sandbox.faults.of(name)
    ]
    return f'<p class="broken">Broken now: {escape(", ".join(on))}</p>' if on else "<p>All three answer.</p>"


def _for_whom(email: str | None) -> str:
    return f" (only for {email})" if email else " (for everybody)"


def _person(person: people.Person) -> str:
    rows = {
        "Stripe": person.stripe,
        "Circle groups": person.groups,
        "Circle tags": person.circle_tags,
        "Invitations": [str(person.invitations)] if person.invitations else [],
        "Kit": [person.kit_state] if person.kit_state else [],
        "Kit tags": person.kit_tags,
        "Sequences": person.sequences,
    }
    facts = "".join(
        f"<div><dt>{name}</dt><dd>{'<br>'.join(map(escape, held)) or '<i>nothing</i>'}</dd></div>"
        for name, held in rows.items()
    )
    hidden = f'<input type="hidden" name="email" value="{escape(person.email)}">'
    forms = "".join(
        f'<form method="post" action="/act/{act}">{hidden}<button>{act.replace("_", " ")}</button></form>'
        for act in buttons.FOR_A_PERSON
    )
    return f'<article><h3>{escape(person.email)}</h3><dl>{facts}</dl><div class="row">{forms}</div></article>'


def _calls(sandbox: Sandbox) -> str:
    rows = [
        (
            _clock(call.wall),
            f"{call.provider} {call.method} {call.path}",
            str(call.status or "reset"),
            call.effect,
        )
        for call in reversed(sandbox.journal.calls()[-SHOWN:])
    ]
    return _table(("Time", "Call", "Answer", "Effect"), rows)


def _events(sandbox: Sandbox) -> str:
    with sandbox.lock:
        latest = sandbox.stripe.events[-SHOWN:]
    rows = [
        (_clock(event["created"]), event["type"], sandbox.stripe.undelivered.get(event["id"], "delivered"))
        for event in reversed(latest)
    ]
    return _table(("Time", "Event", "Delivery"), rows)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{table}</div>'


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%H:%M:%S")
