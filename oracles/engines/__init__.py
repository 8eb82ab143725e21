"""What gives energies and forces."""
