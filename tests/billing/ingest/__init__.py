"""The door: what is let in, what is turned away, and what is stored."""
