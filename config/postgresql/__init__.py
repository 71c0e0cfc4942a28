"""PostgreSQL for Django, with patience: see `base`."""
