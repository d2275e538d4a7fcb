"""Where input about posts is judged."""
