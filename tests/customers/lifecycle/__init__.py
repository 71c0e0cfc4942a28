"""Tests of the state that a person's entitlements amount to."""
