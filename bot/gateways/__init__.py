"""The adapters of the gateway port; they don't know each other."""
