"""What operators do by invoking the Lambda `operator` directly. docs/operators.md has a line to copy for each command."""
