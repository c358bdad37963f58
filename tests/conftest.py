"""Fixtures of the whole suite. The servers are real: importing the settings starts the embedded ones."""
