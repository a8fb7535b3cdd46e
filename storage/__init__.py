"""What remembers: the only SQL of the house."""
