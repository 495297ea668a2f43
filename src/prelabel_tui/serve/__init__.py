"""The front door: reviewers come in over SSH, each to a session of the application and no more."""
