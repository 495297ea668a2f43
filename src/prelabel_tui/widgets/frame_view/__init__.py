"""The frame with its labels: painting, direct writes, flow control, pictures as they come."""
