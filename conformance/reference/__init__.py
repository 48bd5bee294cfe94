"""A second implementation of NAS-Bench-101's definitions: short and slow, for making conformance vectors only."""
