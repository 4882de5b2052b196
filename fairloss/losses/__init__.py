"""What is minimized: base losses wrapped by group-aware penalties and constraints."""
