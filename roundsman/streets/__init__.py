"""The streets of imported extracts: where they lie on disk and how they are built."""
