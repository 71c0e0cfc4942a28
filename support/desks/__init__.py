"""The desks: what failed, who paid and is outside, and what a person must decide."""
