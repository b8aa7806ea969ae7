class Failure(Exception):
    """Why vm-run has no result, in words for the user."""
