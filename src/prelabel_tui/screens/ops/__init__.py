"""The lists of Ops: prelabel runs, review series, revision history, audit, metrics."""
