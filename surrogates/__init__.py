"""What we believe: probabilistic models of the oracles' quantities."""
