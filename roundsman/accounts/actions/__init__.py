"""What is done with companies, members and their secrets."""
