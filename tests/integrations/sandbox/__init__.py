"""Tests of the sandbox itself: is it faithful to the providers it stands in for?"""
