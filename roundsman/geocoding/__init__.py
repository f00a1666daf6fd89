"""Addresses to positions and back, from an index of our own built from an OpenStreetMap extract."""
