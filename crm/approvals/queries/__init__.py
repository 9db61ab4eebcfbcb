"""Reading requests: the queue, what waits for somebody, and what a customer has to do with."""
