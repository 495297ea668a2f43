"""Tables and lists that are paged by key."""
