"""The RPC surface /api, compatible with the Hellotracks API v2."""
