"""The embedded cloud: everything atmo needs of AWS, on one machine. Never deployed. See docs/embedded-cloud.md."""
