"""A local Stripe: the truth as objects, the acts that change it, and the events they cause."""
