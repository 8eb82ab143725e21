"""`python -m loop +campaign=NAME do=VERB`."""

import sys


def main() -> int:
    """Run the command line; return the exit code."""
    # Imported here: worker processes import this module again, and must not load torch.
    from loop.command import run_command

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
