"""Makes what is deployed: the CloudFormation template and the functions' zip. `python -m scripts.package [FOLDER]`."""
