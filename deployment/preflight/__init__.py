"""What an account lacks that a deployment needs: each missing thing is one sentence, with the command that mends it."""
