"""GoScreenAPI's document: what is sent and answered, as structs."""
