"""Trains the four stages of the starter checkpoint from openly licensed pictures."""
