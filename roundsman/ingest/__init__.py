"""Where phones send their positions."""
