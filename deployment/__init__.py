"""What a deployment uploads and the stack it makes, for `make deploy` and for the embedded cloud."""
