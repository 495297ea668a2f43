"""Pictures as coloured cells in the fewest bytes: raster, search, colour codes."""
