"""The door: bytes to struct to action to bytes."""
