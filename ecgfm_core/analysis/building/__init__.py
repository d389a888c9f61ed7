"""Making cohorts: from files, tables and stores to embedded recordings."""
