"""Mutation testing, on demand: break the code in one place at a time and see that a test notices."""
