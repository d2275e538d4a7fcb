"""Pages of posts: list, composer, calendar, Home, and the verbs of a post."""
