class Differs(Exception):
    """A condition of the specification that fails, in a sentence."""
