"""All SQL about webhooks."""
