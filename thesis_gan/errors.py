"""What a user's mistake raises; the command line prints it as one sentence."""


class UserError(Exception):
    """Something the user can mend. The message is one sentence that names the file or setting and the remedy."""


class NoPlace(UserError):
    """A place that cannot be written, or is in use. The command line adds which option names another, if the command has one."""


class Damaged(UserError):
    """A file that this program wrote is not as it wrote it."""
