"""Numbers: counts, efficiencies, rejections, working points, comparisons."""
