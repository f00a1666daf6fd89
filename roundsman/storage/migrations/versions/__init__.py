"""One numbered step of the schema per file."""
