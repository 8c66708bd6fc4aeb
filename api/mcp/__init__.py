"""Tools for chat clients and agents: one set of definitions, served over MCP and as OpenAI-style functions."""
