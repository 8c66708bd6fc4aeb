"""The one guarded door: everything that leaves this process goes through its filtering proxy."""
