"""Screening: a library through the funnel, to a shortlist that a campaign proposes from."""
