"""Tests of the small desk."""
