"""Tests of the code as text: sizes, secrets, and the ground the other tests stand on."""
