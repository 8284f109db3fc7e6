"""One file per command of the command line: its words, its help, and the call it makes."""
