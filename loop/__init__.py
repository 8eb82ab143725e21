"""The algorithm: believe, propose, choose, ask, remember."""
