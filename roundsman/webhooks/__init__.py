"""Facts that leave the house by HTTP."""
