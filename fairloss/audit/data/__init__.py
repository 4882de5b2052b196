"""What is wrong with data before any model: who is in them, what stands for whom, what tells too much, what changed."""
