"""Infobutton: a button in a health record asks which of our pages is about a code (HL7 Context-Aware Knowledge Retrieval)."""
