"""What is done: one function per verb, alike for chat, console, command line and clock."""
