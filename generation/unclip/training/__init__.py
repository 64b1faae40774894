"""Trains the stages of the starter checkpoint, and its ranker, from openly licensed pictures."""
