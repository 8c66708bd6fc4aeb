"""Finding pages by words: providers behind one protocol, and a chain that asks them in order."""
