"""The vocabulary: pure, frozen values and the functions that need nothing but them. No I/O."""
