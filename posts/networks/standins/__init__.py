"""Fake networks for adapters to be tried on: each plays the documented flow of one network, honestly.

`posts.networks.standin.StandIn` gives them a socket and all the ways in which a network can go wrong.
"""
