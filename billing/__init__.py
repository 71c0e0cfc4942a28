"""From a signed Stripe event to facts and entitlements."""
