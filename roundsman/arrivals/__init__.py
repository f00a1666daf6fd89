"""When people are expected where, corrected as the day goes."""
