"""Roundsman: the open platform for people who work on the road."""
