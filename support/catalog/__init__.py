"""The catalogue file: plans, prices, connections and mappings, read, checked and loaded as a whole."""
