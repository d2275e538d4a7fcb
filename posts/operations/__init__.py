"""What changes posts, targets and channels: one module for each subject."""
