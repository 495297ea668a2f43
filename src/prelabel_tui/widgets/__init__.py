"""Parts of screens; none of them knows the database."""
