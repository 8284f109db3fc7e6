swimmer=None
