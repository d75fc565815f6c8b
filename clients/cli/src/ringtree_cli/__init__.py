"""The Ringtree command line and the typed client of the operator API that it is built on."""
