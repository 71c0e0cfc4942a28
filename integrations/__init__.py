"""Keeping Circle and Kit equal to the customer."""
