"""What a training has learned so far, what goes wrong in it, and which iterate to keep."""
