"""Work to be done somewhere, and how far it is."""
