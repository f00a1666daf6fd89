"""The day of many people planned at once."""
