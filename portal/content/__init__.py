"""The site's content as files, in both directions (`docs/content-files.md`)."""
