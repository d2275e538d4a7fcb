"""Pages of brands and campaigns."""
