"""Tests of the Kit connector."""
