"""What the packaged functions cost. `make bench` runs `python -m scripts.bench`; `.dispatch` has a module of its own."""
