"""Pictures: decoded, drawn over, and turned into what a terminal shows."""
