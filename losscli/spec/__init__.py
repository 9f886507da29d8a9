"""The language in which losses are declared: what a loss is, its inputs, their shapes and kinds, its parameters."""
