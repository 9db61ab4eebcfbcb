"""How each language writes dates and times; ``FORMAT_MODULE_PATH`` points here."""
