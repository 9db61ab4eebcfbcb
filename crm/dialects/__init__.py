"""The grammar of the wire: who speaks, in which words, and how no is said."""
