"""Tests of the billing room: from a signed delivery to facts, history and state."""
