"""What kinds of files the library takes, told by content. Client names and media types are never trusted."""
