"""Tables a company takes with it."""
