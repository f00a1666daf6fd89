"""Mails that the house sends: queued with the change, delivered afterwards."""
