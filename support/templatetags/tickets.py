"""Template tags of the small desk: the tickets on a customer's screen."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from customers.models import Customer
from support.models import Ticket, TicketStatus
from support.screen import pills

register = template.Library()
MOST = 10
TONES = {TicketStatus.OPEN: pills.Tone.WARN, TicketStatus.ANSWERED: pills.Tone.BUSY}


@register.simple_tag
def ticket_pill(status: str) -> SafeString:
    """The status of a ticket as a pill."""
    known = TicketStatus(status)
    return pills.pill(known.label, TONES.get(known, pills.Tone.QUIET))


@register.inclusion_tag("support/tickets/on_customer.html", takes_context=True)
def tickets_on_customer(context: Context, customer: Customer) -> dict[str, Any]:
    """Their last tickets and the way to a new one: one query, none for who may not see tickets."""
    user = context["request"].user
    may_see = user.has_perm("support.view_ticket")
    tickets = Ticket.objects.filter(customer=customer).select_related("assignee").order_by("-opened_at")
    return {
        "customer": customer,
        "tickets": list(tickets[:MOST]) if may_see else [],
        "may_see": may_see,
        "may_add": user.has_perm("support.add_ticket"),
        "now": context.get("now") or timezone.now(),
    }
