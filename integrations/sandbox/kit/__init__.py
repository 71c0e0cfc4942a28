"""A local Kit (ConvertKit): one account behind API v4."""
