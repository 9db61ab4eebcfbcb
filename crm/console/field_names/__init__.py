"""Names that Django derives from the code, listed for the translators.

A test says which are missing. ``crm.console.translated_names`` looks them up.
"""
