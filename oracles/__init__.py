"""Who knows: the tiers of the loop, from tight binding to the laboratory."""
