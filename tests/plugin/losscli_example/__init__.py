"""One loss and one backend for losscli."""
