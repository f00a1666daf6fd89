"""What our own browser app calls."""
