"""Networks, and the module that trains them."""
