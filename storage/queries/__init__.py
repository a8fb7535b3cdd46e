"""Every statement of the house, by topic; what is read comes back as frozen dataclasses."""
