"""The whole of Ringtree told as a story on one machine, which checks itself that it ended as told."""
