"""Puts the packaged template, its code and emr/ into an AWS account: python -m scripts.deploy STAGE."""
