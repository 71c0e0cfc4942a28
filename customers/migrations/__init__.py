"""Migrations of the customers app."""
