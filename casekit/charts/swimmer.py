swimmer = None
