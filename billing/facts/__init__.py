"""Facts: what a read at Stripe said, written down once and only if it is newer than what we have."""

from billing.facts.writing import Told, apply

__all__ = ["Told", "apply"]
