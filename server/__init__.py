"""Server: the doors (OGC API, indicators API, page) and the indicators behind them."""
