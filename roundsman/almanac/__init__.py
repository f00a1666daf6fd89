"""What follows from the calendar: jobs that are carried over and jobs that repeat."""
