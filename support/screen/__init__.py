"""Reads behind the customer screen: each file answers one question about one person."""
