"""The compiled search: ruin and recreate over flat arrays, in planning processes only."""
