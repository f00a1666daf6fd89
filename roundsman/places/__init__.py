"""Fixed locations and the areas around jobs and places."""
