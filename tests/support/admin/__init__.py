"""Tests of the back office, through the client."""
