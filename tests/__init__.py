"""Tests that mirror the rooms: sentences about the business, through the real doors."""
