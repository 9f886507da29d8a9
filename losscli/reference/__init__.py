"""What a prediction gets that knows nothing of the inputs: the best constant, class shares, the previous value."""
