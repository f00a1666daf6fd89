"""Windows to offer a customer, and visits that are held for one."""
