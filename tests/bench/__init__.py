"""The benchmarks of `make bench`: ratios in one run, because machines differ and drift."""
