"""Verbs of brands and campaigns."""
