"""Set-up: brings a clone to where it runs, with nothing but a Python and its standard library."""
