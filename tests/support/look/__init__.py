"""How the back office looks and is found: search, export, every page in a real browser."""
