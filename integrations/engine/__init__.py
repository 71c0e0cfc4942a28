"""Making one destination equal to one customer: claim, compute, apply, record."""

from integrations.engine.running import run

__all__ = ["run"]
