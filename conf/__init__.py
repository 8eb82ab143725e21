"""What can be chosen: one YAML a choice; composed by Hydra as pkg://conf."""
