"""Ways in which the review takes keys other than its own."""
