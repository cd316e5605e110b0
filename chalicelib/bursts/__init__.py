"""Jobs that start when objects have arrived in S3."""
