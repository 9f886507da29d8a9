"""What a computation returns: the number, all it takes to trust and repeat it, and the signature that tells the way."""
