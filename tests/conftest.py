"""Fixtures that every room's tests share; what must run before Django's settings is in `tests.bringup`."""
