"""What if, and why: arithmetic on what the engine returns, and what a terminal, a file or a notebook shows of it."""
