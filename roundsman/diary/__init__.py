"""What is to be done for which company at which moment, though nothing new is told."""
