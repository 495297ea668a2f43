"""The readers: one file for each format, all giving a :class:`LabelFile`.

To add a format: write its reader here, from paths and what must be said about the dialect to a
:class:`~prelabel_tui.formats.labels_file.LabelFile`; give it a line in
:data:`prelabel_tui.formats.dialects.DIALECTS`, a command in ``cli/import_.py`` and a chapter in
``docs/formats.md``.  What a reader never does: open pictures, clip boxes, decide which picture
belongs to a frame, or guess a dialect.
"""
