"""Production-shaped processes under fire, and a checker that believes only what the sandbox really holds."""
