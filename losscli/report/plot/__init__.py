"""Pictures of numbers: what they show (``panel``), and how it is drawn in a terminal and as SVG. Positions alone."""
