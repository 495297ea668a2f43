"""Turn machine prelabels of soccer video into approved training labels, in a terminal."""

__version__ = "0.1.0"
