"""What understands: pure functions of text, over a lexicon that a person can read and correct."""
