"""What interprets: one module per thing a person can mean in chat."""
