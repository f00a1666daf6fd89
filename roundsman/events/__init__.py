"""Facts: written with the change, told afterwards."""
