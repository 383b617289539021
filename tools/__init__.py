"""What makes things that are kept in this repository; nothing here is installed."""
