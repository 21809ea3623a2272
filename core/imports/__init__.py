"""Import of products, prices, stock and members from CSV, XLSX and JSONL files (批量导入)."""
