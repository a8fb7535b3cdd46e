"""The parts of reading a place: numbers with their measure words, roads and estates, spots."""
