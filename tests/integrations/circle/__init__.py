"""Tests of the Circle connector."""
