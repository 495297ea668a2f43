"""What the review's commands do, in groups."""
