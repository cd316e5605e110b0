"""CloudFormation's rules, played in memory: the states of stacks, fixed names that collide, what is retained, and imports.

It makes nothing but records of resources; what it is for is a deployment's way through failures, which no emulator plays.
"""
