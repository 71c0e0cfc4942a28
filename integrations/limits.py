"""How much each provider allows, from its own pages."""

from dataclasses import dataclass

from integrations.models import Connection, ConnectionKind

# Burst and rate together stay at 95 % of the limit in every window; 90.5 % is used while work waits.
STEADY = 0.905
AT_ONCE = 0.045
# A call that stalls between its booking and its arrival is nothing in a window of minutes; in a shorter one
# than this it would crowd the next, so there calls are counted by places (`integrations.places`). These are
# exact, so no twentieth is kept back: of 25 it would be more than one call, and less than 90 % were used.
SHORT = 10.0  # seconds


@dataclass(frozen=True)
class Limit:
    """`calls` in any window of `seconds`; `shared` when all connections of the kind count together."""

    calls: float
    seconds: float
    shared: bool = False

    @property
    def by_places(self) -> bool:
        """Whether each call is counted until one window after its end, not when it is booked."""
        return self.seconds < SHORT

    @property
    def rate(self) -> float:
        """Calls per second, for as long as one likes, of a limit that is counted by tokens."""
        return self.calls * STEADY / self.seconds

    @property
    def burst(self) -> float:
        """Calls that may start at once after a rest, of a limit that is counted by tokens."""
        return max(1.0, self.calls * AT_ONCE)


LIMITS = {
    # https://docs.stripe.com/rate-limits
    ConnectionKind.STRIPE: Limit(25, 1),
    # https://api.circle.so/apis/admin-api/usage-and-limits : per address, over all communities
    ConnectionKind.CIRCLE: Limit(2_000, 300, shared=True),
    # https://developers.kit.com/api-reference/response-codes : per API key
    ConnectionKind.KIT: Limit(120, 60),
}

# Circle counts these against the month's quota; its own failures are free (same page).
METERED = {ConnectionKind.CIRCLE: frozenset({200, 201, 204, 400, 401, 403, 404, 405, 422, 429})}
KEPT_FOR_REVOKES = 0.05


def limit_of(connection: Connection) -> Limit:
    """The kind's limit; the catalogue may name another number of calls for a larger plan."""
    usual = LIMITS[ConnectionKind(connection.kind)]
    calls = connection.options.get("calls_per_window")
    return Limit(float(calls), usual.seconds, shared=usual.shared) if calls else usual
