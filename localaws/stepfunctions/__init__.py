"""The embedded Step Functions: moto's interpreter of state machines, completed."""
