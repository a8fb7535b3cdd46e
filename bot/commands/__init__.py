"""The commands of `huiyin`, one module per subject."""
