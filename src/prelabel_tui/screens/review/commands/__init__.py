"""What the commands of the review do, in groups that hold its context; `table` names them all."""
