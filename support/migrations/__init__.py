"""Migrations of the support app."""
