"""Where oracle tasks run: processes that may crash, hang or be killed without loss."""
