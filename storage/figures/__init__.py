"""Figures: who is expected, who has done what, by school, summed up the tree of units."""
