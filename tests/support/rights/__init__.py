"""Tests of who may do what, and of the sign-in."""
