"""Tests of the desks of connections and plans."""
