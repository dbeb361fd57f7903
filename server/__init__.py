"""Server: the doors (OGC API, indicators API, page) and the indicators behind them."""

import sys

# jsonschema, which pygeoapi imports, builds a grammar of IRIs when it is imported and this package
# is there (it comes with Jupyter): a second of each start, for a format that nothing here checks.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
