"""Companies, members, their credentials and what they may do."""
