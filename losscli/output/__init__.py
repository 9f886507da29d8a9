"""Results into files, whole or not at all."""
