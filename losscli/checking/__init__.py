"""Gates as a whole: checks from arguments or from a config are computed, compared with what is known, and judged."""
