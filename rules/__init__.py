"""What is decided: pure functions of plain data, without I/O; the present moment is always an argument."""
