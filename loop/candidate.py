from molecules import Candidate  # noqa: F401
