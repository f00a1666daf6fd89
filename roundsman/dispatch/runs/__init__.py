"""Plans as records: asked for, worked on, kept for a while, applied and undone."""
