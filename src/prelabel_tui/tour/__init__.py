"""The demo's tour: nine steps on real screens, each ended by what is the case, not by its keys."""
