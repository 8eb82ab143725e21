"""The physics, once for all tiers."""
