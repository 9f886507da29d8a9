"""From a path to a source: blocks of samples as NumPy arrays. A reader a file; nothing here knows a loss."""
