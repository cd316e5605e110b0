"""The agent on the master of a person's cluster: looks every minute whether the cluster is used, and reports it to atmo."""
