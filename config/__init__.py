"""What a planner may change without programming: towns, layer records, indicator texts."""
