"""All SQL about devices, fixes, the fold and what it derives, a file per noun."""
