"""What tracking apps send, one decoder a protocol: bytes to messages (pure)."""
