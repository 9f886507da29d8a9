"""A curve as text: a renderer a file, each a function from a :class:`losscli.explore.curve.Curve`; its picture, too."""
