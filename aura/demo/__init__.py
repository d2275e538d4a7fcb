"""Demo content: two brands at work, drawn and written by the program, relative to today."""
