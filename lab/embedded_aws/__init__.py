"""Ringtree whole on one machine: an AWS emulator in a process of its own, and the unchanged app deployed into it.

Nothing is imported here: the launcher and the patches run in the emulator's own environment, which has none of our
packages.
"""
