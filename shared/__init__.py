"""What the flows have in common. Imports point downwards only: engine, setup; reconcile, systems, ledger; mapping."""
