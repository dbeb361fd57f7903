"""What any user may bring: one module per family of file formats, path in, lazy tables out."""
