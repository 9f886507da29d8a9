"""A sweep as text: a renderer a file, each a function from a :class:`losscli.explore.sweep.Sweep`; its picture, too."""
