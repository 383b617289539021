"""Programs that write generated files of this repository; none is installed."""
