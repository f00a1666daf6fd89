"""Other people's services, each with a stand-in that needs none."""
