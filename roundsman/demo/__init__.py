"""A company in Porto that works all day, through the real doors."""
