"""Tests of `make run`: what it starts, what it says, and that nothing stays behind."""
