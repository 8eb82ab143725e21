"""`python -m molecules do=VERB`: the molecule library."""

import sys


def main() -> int:
    """Run the command line; return the exit code."""
    # Imported here: the harvest's worker processes import this module again.
    from molecules.command import run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
