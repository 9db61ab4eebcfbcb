"""What every desk is built on: staff see their own organization, and every change is recorded."""
