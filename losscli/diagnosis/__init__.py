"""What is in files, which losses fit them, and what looks wrong: what compute warns of, without a loss being named."""
