"""Past courses and who took part in them, brought in from the files offices keep."""
