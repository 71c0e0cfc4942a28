"""The one signal that leaves this room: a customer changed, so destinations may have to follow."""

from django.dispatch import Signal

# Sent inside recompute's transaction. Keyword arguments: customer_id (int), version (int),
# gained and lost (frozensets of plan slugs), cause (customers.lifecycle.Cause).
customer_changed = Signal()
