"""What the turn loop records is what rebuilds its versions: every input of every turn, in every way."""
