"""The person, what they hold, and the one writer of their state."""
