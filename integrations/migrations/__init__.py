"""Migrations of the integrations app."""
