"""Labels over a picture: what is drawn where, and through which viewport."""
