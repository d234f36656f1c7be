"""What a user's mistake raises; the command line prints it as one sentence."""


class UserError(Exception):
    """Something the user can mend. The message is one sentence that names the file or setting and the remedy."""


class Damaged(UserError):
    """A file that this program wrote is not as it wrote it."""
