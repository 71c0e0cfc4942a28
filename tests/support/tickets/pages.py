"""Addresses of the small desk, and their text without markup."""

import re

from django.test import Client
from django.urls import reverse

from support.models import Ticket

QUEUE = reverse("admin:support_ticket_changelist")
NEW = reverse("admin:support_ticket_add")
ACTS = ("answer", "note", "mail_again", "assign", "close", "reopen", "link", "unlink", "replay")


def page_of(ticket: Ticket) -> str:
    return reverse("admin:support_ticket_change", args=[ticket.pk])


def act_on(ticket: Ticket, name: str) -> str:
    return reverse(f"admin:support_ticket_{name}", args=[ticket.pk])


def words(client: Client, address: str, **query: str) -> str:
    """What a page says."""
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
