"""What a plan means at a connection: chosen by name, tried on everybody who holds it, then changed."""
