"""The door: any data frame to groups and counts."""
