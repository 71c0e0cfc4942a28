"""The desks."""
