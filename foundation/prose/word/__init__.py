"""Word files (.docx, ISO/IEC 29500-1) made ours; `document.read` is the way in. What is lost on the way is said by name and place."""
