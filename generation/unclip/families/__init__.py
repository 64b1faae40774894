"""The published checkpoints that the engine draws with, beside its own: Karlo and Kandinsky 2.2.

Each family turns a folder in diffusers' layout into the four stages of `generation.unclip.stages`. Embeddings have
their natural length here, the one that the models were trained with; `Encoder.natural` gives it to unit vectors.
"""
