"""Fixes from phones and what they mean: stops, trips and visits."""
