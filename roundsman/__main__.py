"""`python -m roundsman` is the command line."""

import sys

from roundsman.cli import main

if __name__ == "__main__":  # processes of the solver import this module too
    sys.exit(main())
