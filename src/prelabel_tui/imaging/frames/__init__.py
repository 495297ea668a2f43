"""Frames of a clip as pictures: decoding, video, placeholders, brightness."""
