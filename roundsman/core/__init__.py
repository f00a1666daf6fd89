"""What every room stands on: refusals, ids, time and geometry."""
