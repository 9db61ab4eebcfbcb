"""Messages to customers, by e-mail and SMS."""
