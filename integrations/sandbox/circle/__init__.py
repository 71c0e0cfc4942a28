"""A local Circle: one community behind the Admin API v2."""
