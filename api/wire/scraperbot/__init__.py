"""scraper.bot's structs."""
