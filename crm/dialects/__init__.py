"""What the API dialects share: authentication, reading requests, answers and errors."""
